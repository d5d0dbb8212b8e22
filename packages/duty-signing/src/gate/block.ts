import type {phase0} from "@lodestar/types";
import {
  blindedBlockHeader,
  blockCommitsToBid,
  blockHeader,
  blockHeaderRoot,
  isSelfBuilt,
  type NetworkConfig,
  ssz,
} from "@mote/consensus";
import {
  assertNever,
  type ProducedBlock,
  type Pubkey,
  type SelfBuiltPayload,
  type SignOutcome,
  type SlashingProtection,
  type Slot,
  type SlotClock,
} from "@mote/core";
import type {AttemptLog} from "../attempt-log.ts";
import {blockToSign, randaoRevealToSign} from "../signers/signable-message.ts";
import {checkBid, checkEnvelope, type PromisedPayload} from "./bid-checks.ts";
import type {EnvelopeSigning} from "./envelope.ts";
import type {PaymentGuard} from "./payment-guard.ts";
import {contained, type Refused, refused} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkAheadAtMost, checkRecent} from "./time-checks.ts";
import {withoutKeptRoot} from "./without-kept-root.ts";

export interface BlockSigningComponents {
  readonly slotClock: SlotClock;
  readonly protection: SlashingProtection;
  readonly attempts: AttemptLog;
  readonly road: SigningRoad;
  readonly payments: PaymentGuard;
  readonly envelopes: EnvelopeSigning;
}

/** Blocks, and the randomness that they reveal. */
export class BlockSigning {
  readonly #config: NetworkConfig;
  readonly #components: BlockSigningComponents;

  constructor(init: {readonly config: NetworkConfig}, components: BlockSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  signRandaoReveal(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road} = this.#components;
      // Whoever has reveals long before their time can tell the chain's randomness.
      const refusal = checkAheadAtMost(slotClock, slot, 1) ?? road.checkKey(pubkey, "propose");
      if (refusal) return refusal;
      const message = randaoRevealToSign(this.#config, slotClock.epochOf(slot));
      return road.sign({pubkey, purpose: "propose", message});
    });
  }

  signBlock(pubkey: Pubkey, given: ProducedBlock): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road, payments} = this.#components;
      const produced = withoutKeptRoots(given);
      const refusal =
        checkRecent(slotClock, produced.block.slot as Slot) ??
        this.#checkForm(produced) ??
        road.checkKey(pubkey, "propose") ??
        payments.checkBlock(pubkey, produced);
      return refusal ?? this.#signChecked(pubkey, produced);
    });
  }

  /** What the block itself gives away, without its root and without the operator's settings. */
  #checkForm(produced: ProducedBlock): Refused | null {
    const slot = produced.block.slot as Slot;
    // A block in the shape of another fork has no root that means anything.
    if ((produced.kind === "bid") !== blockCommitsToBid(this.#config, slot)) {
      const fork = this.#config.getForkName(slot);
      return refused("BEACON_DATA_INVALID", `slot ${slot} lies in ${fork}, which has no ${produced.kind} blocks`);
    }
    return produced.kind === "bid" ? checkBid(produced.block, produced.payload) : null;
  }

  async #signChecked(pubkey: Pubkey, produced: ProducedBlock): Promise<SignOutcome> {
    const {protection, attempts, road, envelopes} = this.#components;
    const slot = produced.block.slot as Slot;
    const header = this.#headerOf(produced);
    const root = blockHeaderRoot(header);
    const selfBuilt = selfBuiltOf(produced, root);
    const misfit = selfBuilt && checkEnvelope(selfBuilt.promised, selfBuilt.payload);
    if (misfit) return misfit;
    if (!attempts.begin("block", slot, pubkey)) {
      return refused("ALREADY_ATTEMPTED", `a block of slot ${slot} was begun before`);
    }
    const message = blockToSign(this.#config, header, root);
    const {signingRoot} = message;
    const outcome = await road.recordAndSign({pubkey, purpose: "propose", message}, () =>
      protection.recordBlock(pubkey, {slot, signingRoot}),
    );
    if (outcome.kind === "signed" && selfBuilt) envelopes.expect(pubkey, selfBuilt.promised);
    return outcome;
  }

  #headerOf(produced: ProducedBlock): phase0.BeaconBlockHeader {
    switch (produced.kind) {
      case "full":
      case "bid":
        return blockHeader(this.#config, produced.block);
      case "blinded":
        return blindedBlockHeader(this.#config, produced.block);
      default:
        return assertNever(produced);
    }
  }
}

/** What is looked at here and what is hashed are one thing, whatever was done to the block before. */
function withoutKeptRoots<Produced extends ProducedBlock>(produced: Produced): Produced {
  const {block} = produced;
  return {...produced, block: {...withoutKeptRoot(block), body: withoutKeptRoot(block.body)}};
}

function selfBuiltOf(
  produced: ProducedBlock,
  root: Uint8Array,
): {readonly promised: PromisedPayload; readonly payload: SelfBuiltPayload} | null {
  if (produced.kind !== "bid" || produced.payload === null) return null;
  const {block, payload} = produced;
  const {message: bid} = block.body.signedExecutionPayloadBid;
  if (!isSelfBuilt(bid)) return null;
  const promised = {
    slot: block.slot as Slot,
    blockRoot: root,
    parentRoot: Uint8Array.from(block.parentRoot),
    bid: ssz.gloas.ExecutionPayloadBid.clone(bid),
  };
  return {promised, payload};
}
