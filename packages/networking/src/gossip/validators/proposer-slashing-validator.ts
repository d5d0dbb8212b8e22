import {DOMAIN_BEACON_PROPOSER} from "@lodestar/params";
import type {phase0} from "@lodestar/types";
import {computeSigningRoot, domainAtEpoch, type NetworkConfig, ssz} from "@mote/consensus";
import {
  bytesToHex,
  type Epoch,
  type Signature,
  type SignatureVerifier,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Received} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {ignore, type Judgement, reject} from "./judgement.ts";

export interface SlashingValidatorComponents {
  readonly chainView: GossipChainView;
  readonly observer: GossipObserver;
  readonly slotClock: SlotClock;
  readonly verifier: SignatureVerifier;
}

/**
 * `proposer_slashing` (phase0/p2p-interface.md). Whether the proposer has been slashed before is not known here, and a proof that comes late costs the one
 * who passes it on: so none travels on. Those of our validators are verified and told.
 */
export class ProposerSlashingValidator {
  readonly #config: NetworkConfig;
  readonly #components: SlashingValidatorComponents;
  readonly #told = new Set<ValidatorIndex>();

  constructor(init: {readonly config: NetworkConfig}, components: SlashingValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  async judge({value, receivedMs}: Received<"proposer_slashing">): Promise<Judgement> {
    const {chainView, observer} = this.#components;
    const {signedHeader1, signedHeader2} = value;
    const proposerIndex = signedHeader1.message.proposerIndex as ValidatorIndex;
    if (this.#told.has(proposerIndex)) return ignore("seen");
    if (!isSlashable(signedHeader1.message, signedHeader2.message)) return reject("not_slashable");
    if (!chainView.isOurs(proposerIndex)) return ignore("not_ours");
    const pubkey = chainView.pubkeyOf(proposerIndex);
    if (pubkey === null) return ignore("unknown_key");
    for (const header of [signedHeader1, signedHeader2]) {
      if (!(await this.#isSignedBy(pubkey, header))) return reject("bad_signature");
    }
    if (this.#told.has(proposerIndex)) return ignore("seen");
    this.#told.add(proposerIndex);
    observer.emit({kind: "slashing", validatorIndices: [proposerIndex], receivedMs});
    return ignore("unknown_status");
  }

  async #isSignedBy(pubkey: Uint8Array, {message, signature}: phase0.SignedBeaconBlockHeaderBigint): Promise<boolean> {
    const {slotsPerEpoch} = this.#components.slotClock.timing;
    // Slots of any size can be slashed for: rounded, they lie after every fork all the same.
    const epoch = Number(message.slot / BigInt(slotsPerEpoch)) as Epoch;
    const domain = domainAtEpoch(this.#config, DOMAIN_BEACON_PROPOSER, epoch);
    const signingRoot = computeSigningRoot(ssz.phase0.BeaconBlockHeaderBigint.hashTreeRoot(message), domain);
    const signed = [{pubkey, signature: signature as Signature}];
    const [isGood] = await this.#components.verifier.verifySameMessage(signingRoot, signed);
    return isGood === true;
  }
}

/** phase0/beacon-chain.md, process_proposer_slashing */
function isSlashable(one: phase0.BeaconBlockHeaderBigint, other: phase0.BeaconBlockHeaderBigint): boolean {
  const rootOf = (header: phase0.BeaconBlockHeaderBigint) =>
    bytesToHex(ssz.phase0.BeaconBlockHeaderBigint.hashTreeRoot(header));
  return one.slot === other.slot && one.proposerIndex === other.proposerIndex && rootOf(one) !== rootOf(other);
}
