import {EPOCHS_PER_SYNC_COMMITTEE_PERIOD, type ForkPostAltair} from "@lodestar/params";
import {
  type LightClientBootstrap,
  type LightClientFinalityUpdate,
  type LightClientOptimisticUpdate,
  type LightClientUpdate,
  type SignedBeaconBlock,
  type SSZTypesFor,
  sszTypesFor,
} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import {type Root, rootToHex, type Slot, type SlotClock} from "@mote/core";
import type {DigestPeriod, ForkDigests} from "../forks/fork-digests.ts";
import {deserialized} from "./deserialized.ts";
import type {ResponseChunk} from "./exchange.ts";
import {UnsoundError} from "./request-error.ts";

interface Components {
  readonly digests: ForkDigests;
  readonly slotClock: SlotClock;
}

type LightClientTypes = SSZTypesFor<ForkPostAltair>;

/** What is in the chunks whose type follows from their fork digest. All throw {@link UnsoundError} for what cannot be. */
export class ChunkValues {
  readonly #digests: ForkDigests;
  readonly #slotClock: SlotClock;

  constructor({digests, slotClock}: Components) {
    this.#digests = digests;
    this.#slotClock = slotClock;
  }

  block(chunk: ResponseChunk): {readonly block: SignedBeaconBlock; readonly fork: DigestPeriod["fork"]} {
    const {fork} = this.#period(chunk);
    const block: SignedBeaconBlock = deserialized(sszTypesFor(fork).SignedBeaconBlock, chunk.ssz);
    this.#requireSlot(chunk, block.message.slot);
    return {block, fork};
  }

  bootstrap(chunk: ResponseChunk, blockRoot: Root): LightClientBootstrap {
    const bootstrap: LightClientBootstrap = deserialized(this.#lightClientTypes(chunk).LightClientBootstrap, chunk.ssz);
    const {beacon} = bootstrap.header;
    this.#requireSlot(chunk, beacon.slot);
    const root = rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon));
    if (root !== blockRoot) throw new UnsoundError("invalid_response", `a bootstrap of ${root}, not of ${blockRoot}`);
    return bootstrap;
  }

  update(chunk: ResponseChunk): LightClientUpdate {
    const update: LightClientUpdate = deserialized(this.#lightClientTypes(chunk).LightClientUpdate, chunk.ssz);
    this.#requireSlot(chunk, update.attestedHeader.beacon.slot);
    return update;
  }

  finalityUpdate(chunk: ResponseChunk): LightClientFinalityUpdate {
    const update: LightClientFinalityUpdate = deserialized(
      this.#lightClientTypes(chunk).LightClientFinalityUpdate,
      chunk.ssz,
    );
    this.#requireSlot(chunk, update.attestedHeader.beacon.slot);
    return update;
  }

  optimisticUpdate(chunk: ResponseChunk): LightClientOptimisticUpdate {
    const update: LightClientOptimisticUpdate = deserialized(
      this.#lightClientTypes(chunk).LightClientOptimisticUpdate,
      chunk.ssz,
    );
    this.#requireSlot(chunk, update.attestedHeader.beacon.slot);
    return update;
  }

  syncCommitteePeriodOf(slot: number): number {
    return Math.floor(this.#slotClock.epochOf(slot as Slot) / EPOCHS_PER_SYNC_COMMITTEE_PERIOD);
  }

  /** The context is that of the value's own slot. */
  #requireSlot(chunk: ResponseChunk, slot: number): void {
    const {digest} = this.#digests.at(this.#slotClock.epochOf(slot as Slot));
    const said = this.#period(chunk).digest;
    if (said !== digest) throw new UnsoundError("invalid_response", `the fork digest ${said} for slot ${slot}`);
  }

  #lightClientTypes(chunk: ResponseChunk): LightClientTypes {
    // The exchange let through only forks that have the type.
    return sszTypesFor(this.#period(chunk).fork as ForkPostAltair);
  }

  #period({period, protocol}: ResponseChunk): DigestPeriod {
    if (period === null) throw new Error(`${protocol.id} has no context`);
    return period;
  }
}

export function blockRoot(block: SignedBeaconBlock, fork: DigestPeriod["fork"]): Root {
  return rootToHex(sszTypesFor(fork).BeaconBlock.hashTreeRoot(block.message));
}
