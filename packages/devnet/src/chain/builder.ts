import type {SecretKey} from "@chainsafe/blst";
import type {BeaconConfig} from "@lodestar/config";
import {BUILDER_WITHDRAWAL_PREFIX, DOMAIN_BUILDER_DEPOSIT} from "@lodestar/params";
import {
  type CachedBeaconStateGloas,
  canBuilderCoverBid,
  computeDomain,
  computeSigningRoot,
  findBuilderIndexByPubkey,
  getExecutionPayloadBidSigningRoot,
  getExecutionPayloadEnvelopeSigningRoot,
  interopSecretKey,
  isActiveBuilder,
} from "@lodestar/state-transition";
import {type electra, type gloas, ssz} from "@lodestar/types";
import {type ExecutionAddress, hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import {buildFuluPayload, buildGloasPayload, type PayloadPlace} from "./payload-building.ts";

/** In wei for one block. */
export const BUILDER_VALUE_WEI = 2_000_000n * 10n ** 9n;
const BUILDER_VALUE_GWEI = 2_000_000;
const DEPOSIT_GWEI = 100_000_000_000;
/** Far beyond the validators' keys. */
const BUILDER_KEY_INDEX = 1_000_000;
/** The builder pays the proposer out of what it takes in here. */
const BUILDER_ADDRESS = `0x${"bd".repeat(20)}` as ExecutionAddress;
const ZERO_ROOT = new Uint8Array(32);
/** How long a payload that nobody has taken yet is kept. */
const PAYLOADS_KEPT_SLOTS = 2;

interface KeptPayload {
  readonly slot: Slot;
  readonly fulu: electra.ExecutionPayload | null;
  readonly gloas: gloas.ExecutionPayload | null;
}

/** A builder as the proposers meet it: it has a key of its own, and its payloads are known to nobody until it shows them. */
export class Builder {
  readonly #config: BeaconConfig;
  readonly #secretKey: SecretKey = interopSecretKey(BUILDER_KEY_INDEX);
  readonly #publicKey = this.#secretKey.toPublicKey().toBytes();
  /** By block hash. */
  readonly #payloads = new Map<Root, KeptPayload>();

  constructor(init: {readonly config: BeaconConfig}) {
    this.#config = init.config;
  }

  /** Before Gloas: a payload for the gas limit that the proposer registered. Its hash is what the blinded block shows. */
  offer(place: PayloadPlace, gasLimit: number): electra.ExecutionPayload {
    const payload = buildFuluPayload(place, {feeRecipient: BUILDER_ADDRESS, gasLimit});
    this.#keep(payload.blockHash, {slot: place.slot, fulu: payload, gloas: null});
    return payload;
  }

  unblind(blockHash: Uint8Array): electra.ExecutionPayload | null {
    return this.#payloads.get(rootToHex(blockHash))?.fulu ?? null;
  }

  /** Null as long as the builder is not active, or cannot pay. */
  bid(place: PayloadPlace, preferences: gloas.ProposerPreferences): gloas.SignedExecutionPayloadBid | null {
    const state = place.preState as CachedBeaconStateGloas;
    const builderIndex = findBuilderIndexByPubkey(state, this.#publicKey);
    if (builderIndex === null) return null;
    if (!isActiveBuilder(state.builders.getReadonly(builderIndex), state.finalizedCheckpoint.epoch)) return null;
    if (!canBuilderCoverBid(state, builderIndex, BUILDER_VALUE_GWEI)) return null;
    const wish = {feeRecipient: BUILDER_ADDRESS, gasLimit: Number(preferences.targetGasLimit)};
    const payload = buildGloasPayload(place, wish);
    this.#keep(payload.blockHash, {slot: place.slot, fulu: null, gloas: payload});
    const message: gloas.ExecutionPayloadBid = {
      ...bidFor(payload, place, ssz.gloas.ExecutionRequests.defaultValue()),
      feeRecipient: preferences.feeRecipient,
      builderIndex,
      value: BUILDER_VALUE_GWEI,
    };
    const signingRoot = getExecutionPayloadBidSigningRoot(this.#config, message);
    return {message, signature: this.#secretKey.sign(signingRoot).toBytes()};
  }

  /** Null when the bid of this block is not the builder's, or long past. */
  envelope(root: Root, block: gloas.BeaconBlock): gloas.SignedExecutionPayloadEnvelope | null {
    const bid = block.body.signedExecutionPayloadBid.message;
    const payload = this.#payloads.get(rootToHex(bid.blockHash))?.gloas;
    if (payload == null) return null;
    const message: gloas.ExecutionPayloadEnvelope = {
      payload,
      executionRequests: ssz.gloas.ExecutionRequests.defaultValue(),
      builderIndex: bid.builderIndex,
      beaconBlockRoot: hexToBytes(root),
      parentBeaconBlockRoot: block.parentRoot,
    };
    const signingRoot = getExecutionPayloadEnvelopeSigningRoot(this.#config, message);
    return {message, signature: this.#secretKey.sign(signingRoot).toBytes()};
  }

  /** How a builder gets into the registry: a deposit request in someone's payload. Null when it is there. */
  registration(state: CachedBeaconStateGloas): gloas.BuilderDepositRequest | null {
    if (findBuilderIndexByPubkey(state, this.#publicKey) !== null) return null;
    const withdrawalCredentials = new Uint8Array(32);
    withdrawalCredentials[0] = BUILDER_WITHDRAWAL_PREFIX;
    withdrawalCredentials.set(hexToBytes(BUILDER_ADDRESS), 12);
    const message = {pubkey: this.#publicKey, withdrawalCredentials, amount: DEPOSIT_GWEI};
    const domain = computeDomain(DOMAIN_BUILDER_DEPOSIT, this.#config.GENESIS_FORK_VERSION, ZERO_ROOT);
    const signingRoot = computeSigningRoot(ssz.phase0.DepositMessage, message, domain);
    return {...message, signature: this.#secretKey.sign(signingRoot).toBytes()};
  }

  #keep(blockHash: Uint8Array, payload: KeptPayload): void {
    for (const [hash, {slot}] of this.#payloads) {
      if (slot < payload.slot - PAYLOADS_KEPT_SLOTS) this.#payloads.delete(hash);
    }
    this.#payloads.set(rootToHex(blockHash), payload);
  }
}

/** The bid that promises `payload`, without its price and its builder. */
export function bidFor(
  payload: gloas.ExecutionPayload,
  {slot, parent}: PayloadPlace,
  requests: gloas.ExecutionRequests,
): gloas.ExecutionPayloadBid {
  return {
    ...ssz.gloas.ExecutionPayloadBid.defaultValue(),
    parentBlockHash: payload.parentHash,
    parentBlockRoot: hexToBytes(parent.root),
    blockHash: payload.blockHash,
    prevRandao: payload.prevRandao,
    feeRecipient: payload.feeRecipient,
    gasLimit: BigInt(payload.gasLimit),
    slot,
    executionRequestsRoot: ssz.gloas.ExecutionRequests.hashTreeRoot(requests),
  };
}
