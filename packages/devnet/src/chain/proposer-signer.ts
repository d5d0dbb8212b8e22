import {aggregateSignatures, type Signature} from "@chainsafe/blst";
import {BitArray} from "@chainsafe/ssz";
import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_BEACON_PROPOSER, DOMAIN_RANDAO, DOMAIN_SYNC_COMMITTEE} from "@lodestar/params";
import {
  computeEpochAtSlot,
  computeSigningRoot,
  G2_POINT_AT_INFINITY,
  getExecutionPayloadEnvelopeSigningRoot,
  getPayloadAttestationDataSigningRoot,
} from "@lodestar/state-transition";
import {type altair, type BeaconBlock, type gloas, ssz} from "@lodestar/types";
import {hexToBytes, type Root, type Slot} from "@mote/core";
import type {InteropKeys} from "../interop-keys.ts";

/**
 * The devnet's own hand: everything that validators sign but attestations and aggregates, for which there is deliberately no method here.
 * Signing roots are those of @lodestar/state-transition, so that they are independent of the code under test.
 */
export class ProposerSigner {
  readonly #config: BeaconConfig;
  readonly #keys: InteropKeys;

  constructor(init: {readonly config: BeaconConfig}, components: {readonly keys: InteropKeys}) {
    this.#config = init.config;
    this.#keys = components.keys;
  }

  randaoReveal(proposer: number, slot: Slot): Uint8Array {
    const domain = this.#config.getDomain(slot, DOMAIN_RANDAO);
    return this.#sign(proposer, computeSigningRoot(ssz.Epoch, computeEpochAtSlot(slot), domain)).toBytes();
  }

  block(block: BeaconBlock): Uint8Array {
    const domain = this.#config.getDomain(block.slot, DOMAIN_BEACON_PROPOSER);
    const type = this.#config.getForkTypes(block.slot).BeaconBlock;
    return this.#sign(block.proposerIndex, computeSigningRoot(type, block as never, domain)).toBytes();
  }

  /** Everyone of the committee signs the parent. A validator may sit in it several times. */
  syncAggregate(members: ArrayLike<number>, slot: Slot, parentRoot: Root): altair.SyncAggregate {
    const domain = this.#config.getDomain(slot, DOMAIN_SYNC_COMMITTEE, slot - 1);
    const signingRoot = computeSigningRoot(ssz.Root, hexToBytes(parentRoot), domain);
    return {
      syncCommitteeBits: BitArray.fromBoolArray(Array.from(members, () => true)),
      syncCommitteeSignature: this.#signAll(members, signingRoot),
    };
  }

  /** A bid of the proposer for its own payload carries no signature. */
  selfBuildBid(message: gloas.ExecutionPayloadBid): gloas.SignedExecutionPayloadBid {
    return {message, signature: G2_POINT_AT_INFINITY};
  }

  envelope(proposer: number, message: gloas.ExecutionPayloadEnvelope): gloas.SignedExecutionPayloadEnvelope {
    return {
      message,
      signature: this.#sign(proposer, getExecutionPayloadEnvelopeSigningRoot(this.#config, message)).toBytes(),
    };
  }

  payloadAttestation(members: ArrayLike<number>, data: gloas.PayloadAttestationData): gloas.PayloadAttestation {
    return {
      aggregationBits: BitArray.fromBoolArray(Array.from(members, () => true)),
      data,
      signature: this.#signAll(members, getPayloadAttestationDataSigningRoot(this.#config, data)),
    };
  }

  #signAll(members: ArrayLike<number>, signingRoot: Uint8Array): Uint8Array {
    const signatures = new Map<number, Signature>();
    for (const member of new Set(Array.from(members))) signatures.set(member, this.#sign(member, signingRoot));
    return aggregateSignatures(
      Array.from(members, (member) => signatures.get(member) ?? this.#sign(member, signingRoot)),
    ).toBytes();
  }

  #sign(index: number, signingRoot: Uint8Array): Signature {
    const key = this.#keys[index];
    if (key === undefined) throw new RangeError(`the devnet has no key for validator ${index}`);
    return key.secretKey.sign(signingRoot);
  }
}
