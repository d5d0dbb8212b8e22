import {DOMAIN_BEACON_ATTESTER} from "@lodestar/params";
import type {electra, phase0} from "@lodestar/types";
import {computeSigningRoot, domainAtEpoch, type NetworkConfig, ssz} from "@mote/consensus";
import {bytesToHex, type Epoch, type Signature, type ValidatorIndex} from "@mote/core";
import type {Received} from "../../network.ts";
import {ignore, type Judgement, reject} from "./judgement.ts";
import type {SlashingValidatorComponents} from "./proposer-slashing-validator.ts";

/**
 * `attester_slashing` (phase0/p2p-interface.md). As with proposers, none travels on. A proof that names a validator of ours is verified when the keys of
 * all who signed with it are known: its signatures are aggregates.
 */
export class AttesterSlashingValidator {
  readonly #config: NetworkConfig;
  readonly #components: Omit<SlashingValidatorComponents, "slotClock">;
  readonly #told = new Set<ValidatorIndex>();

  constructor(init: {readonly config: NetworkConfig}, components: Omit<SlashingValidatorComponents, "slotClock">) {
    this.#config = init.config;
    this.#components = components;
  }

  async judge({value, receivedMs}: Received<"attester_slashing">): Promise<Judgement> {
    const {chainView, observer} = this.#components;
    const {attestation1, attestation2} = value;
    if (!isSlashable(attestation1.data, attestation2.data)) return reject("not_slashable");
    if (![attestation1, attestation2].every(({attestingIndices}) => isSortedSet(attestingIndices))) {
      return reject("wrong_indices");
    }
    const both = commonIndices(attestation1, attestation2);
    const ours = both.filter((index) => chainView.isOurs(index));
    if (ours.length === 0) return ignore("not_ours");
    const isTold = () => ours.every((index) => this.#told.has(index));
    if (isTold()) return ignore("seen");
    for (const attestation of [attestation1, attestation2]) {
      const isSigned = await this.#isSigned(attestation);
      if (isSigned === null) return ignore("unknown_key");
      if (!isSigned) return reject("bad_signature");
    }
    if (isTold()) return ignore("seen");
    for (const index of ours) this.#told.add(index);
    observer.emit({kind: "slashing", validatorIndices: both, receivedMs});
    return ignore("unknown_status");
  }

  /** Null when a key is not known. */
  async #isSigned({attestingIndices, data, signature}: IndexedAttestation): Promise<boolean | null> {
    const pubkeys: Uint8Array[] = [];
    for (const index of attestingIndices) {
      const pubkey = this.#components.chainView.pubkeyOf(index as ValidatorIndex);
      if (pubkey === null) return null;
      pubkeys.push(pubkey);
    }
    const domain = domainAtEpoch(this.#config, DOMAIN_BEACON_ATTESTER, Number(data.target.epoch) as Epoch);
    const signingRoot = computeSigningRoot(rootOf(data), domain);
    return this.#components.verifier.verifyAggregate(pubkeys, signingRoot, signature as Signature);
  }
}

type IndexedAttestation = electra.AttesterSlashing["attestation1"];

const rootOf = (data: phase0.AttestationDataBigint): Uint8Array => ssz.phase0.AttestationDataBigint.hashTreeRoot(data);

/** phase0/beacon-chain.md, is_slashable_attestation_data */
function isSlashable(one: phase0.AttestationDataBigint, other: phase0.AttestationDataBigint): boolean {
  const isDouble = one.target.epoch === other.target.epoch && bytesToHex(rootOf(one)) !== bytesToHex(rootOf(other));
  return isDouble || (one.source.epoch < other.source.epoch && other.target.epoch < one.target.epoch);
}

/** phase0/beacon-chain.md, is_valid_indexed_attestation */
const isSortedSet = (indices: readonly number[]): boolean =>
  indices.length > 0 && indices.every((index, at) => at === 0 || index > (indices[at - 1] ?? index));

function commonIndices(one: IndexedAttestation, other: IndexedAttestation): ValidatorIndex[] {
  const others = new Set(other.attestingIndices);
  return one.attestingIndices.filter((index) => others.has(index)) as ValidatorIndex[];
}
