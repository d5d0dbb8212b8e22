import {DOMAIN_BEACON_ATTESTER} from "@lodestar/params";
import type {electra, phase0} from "@lodestar/types";
import {computeSigningRoot, domainAtEpoch, type NetworkConfig, ssz} from "@mote/consensus";
import {bytesToHex, type Clock, type Epoch, type Signature, type ValidatorIndex} from "@mote/core";
import type {Received} from "../../network.ts";
import {ignore, type Judgement, reject} from "./judgement.ts";
import type {SlashingValidatorComponents} from "./proposer-slashing-validator.ts";
import {SIGNERS_MAX, SlashingTurns} from "./slashing-turns.ts";

export interface AttesterSlashingValidatorComponents extends Omit<SlashingValidatorComponents, "slotClock"> {
  readonly clock: Clock;
}

/**
 * `attester_slashing` (phase0/p2p-interface.md). As with proposers, none travels on. A proof that names a validator of ours is verified when the keys of
 * all who signed with it are known: its signatures are aggregates. All that costs nothing is asked before.
 */
export class AttesterSlashingValidator {
  readonly #config: NetworkConfig;
  readonly #components: AttesterSlashingValidatorComponents;
  readonly #turns: SlashingTurns;
  readonly #told = new Set<ValidatorIndex>();

  constructor(init: {readonly config: NetworkConfig}, components: AttesterSlashingValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
    this.#turns = new SlashingTurns(components);
  }

  async judge({value, peer, receivedMs}: Received<"attester_slashing">): Promise<Judgement> {
    const {chainView, observer} = this.#components;
    const {attestation1, attestation2} = value;
    if (!isSlashable(attestation1.data, attestation2.data)) return reject("not_slashable");
    const attestations = [attestation1, attestation2];
    if (attestations.some(({attestingIndices}) => attestingIndices.length > SIGNERS_MAX)) {
      return ignore("too_many_signers");
    }
    if (!attestations.every(({attestingIndices}) => isSortedSet(attestingIndices))) return reject("wrong_indices");
    const both = commonIndices(attestation1, attestation2);
    const ours = both.filter((index) => chainView.isOurs(index));
    if (ours.length === 0) return ignore("not_ours");
    const isTold = () => ours.every((index) => this.#told.has(index));
    if (isTold()) return ignore("seen");
    // Of both, before the first is verified: with a key that is missing in the second, the work on the first would be for nothing, and free.
    const signed = attestations.map((attestation) => this.#withKeys(attestation));
    if (!signed.every((one) => one !== null)) return ignore("unknown_key");
    const doubt = await this.#inTurn(peer, signed, isTold);
    if (doubt !== null) return doubt;
    // Others of the same validators may have been verified meanwhile.
    if (isTold()) return ignore("seen");
    for (const index of ours) this.#told.add(index);
    observer.emit({kind: "slashing", validatorIndices: both, receivedMs});
    return ignore("unknown_status");
  }

  /** Null when a key is not known. */
  #withKeys({attestingIndices, data, signature}: IndexedAttestation): SignedAttestation | null {
    const pubkeys: Uint8Array[] = [];
    for (const index of attestingIndices) {
      const pubkey = this.#components.chainView.pubkeyOf(index as ValidatorIndex);
      if (pubkey === null) return null;
      pubkeys.push(pubkey);
    }
    return {pubkeys, data, signature: signature as Signature};
  }

  /** Null when both are well signed. */
  async #inTurn(peer: string, signed: readonly SignedAttestation[], isTold: () => boolean): Promise<Judgement | null> {
    const signers = signed.reduce((sum, {pubkeys}) => sum + pubkeys.length, 0);
    const leave = await this.#turns.enter(peer, signers);
    if (leave === null) return ignore("too_many_unproven");
    try {
      if (isTold()) return ignore("seen");
      for (const one of signed) if (!(await this.#isSigned(one))) return reject("bad_signature");
      return null;
    } finally {
      leave();
    }
  }

  #isSigned({pubkeys, data, signature}: SignedAttestation): Promise<boolean> {
    const domain = domainAtEpoch(this.#config, DOMAIN_BEACON_ATTESTER, Number(data.target.epoch) as Epoch);
    const signingRoot = computeSigningRoot(rootOf(data), domain);
    return this.#components.verifier.verifyAggregate(pubkeys, signingRoot, signature);
  }
}

interface SignedAttestation {
  readonly pubkeys: readonly Uint8Array[];
  readonly data: phase0.AttestationDataBigint;
  readonly signature: Signature;
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
