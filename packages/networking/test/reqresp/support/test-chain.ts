import type {ForkPostAltair} from "@lodestar/params";
import {
  type LightClientBootstrap,
  type LightClientFinalityUpdate,
  type LightClientOptimisticUpdate,
  type LightClientUpdate,
  type SignedBeaconBlock,
  sszTypesFor,
} from "@lodestar/types";
import {chainConfigFromSpec, createNetworkConfig, ssz} from "@mote/consensus";
import {type Clock, type Epoch, hexToBytes, type Root, rootToHex, type Slot, SlotClock} from "@mote/core";
import {ForkDigests} from "../../../src/forks/fork-digests.ts";
import type {EncodedBlock, LocalChain, LocalStatus} from "../../../src/network.ts";

const SLOTS_PER_EPOCH = 8;
const EPOCHS_PER_PERIOD = 8;
const SLOT_DURATION_MS = 6000;
/** In Gloas, so that blocks of all three forks lie behind. */
export const CURRENT_SLOT = 30;

export const CONFIG = createNetworkConfig(
  chainConfigFromSpec({
    SLOT_DURATION_MS: `${SLOT_DURATION_MS}`,
    ...Object.fromEntries(
      ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA"].map((fork) => [`${fork}_FORK_EPOCH`, "0"]),
    ),
    FULU_FORK_EPOCH: "1",
    GLOAS_FORK_EPOCH: "2",
  }),
  `0x${"17".repeat(32)}` as Root,
);
export const DIGESTS = new ForkDigests(CONFIG);

export const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** In the midst of {@link CURRENT_SLOT} when it is made. */
export function slotClockOf(clock: Clock): SlotClock {
  const genesisTimeSec = Math.floor((clock.nowMs() - (CURRENT_SLOT + 0.5) * SLOT_DURATION_MS) / 1000);
  return new SlotClock({genesisTimeSec, slotDurationMs: SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});
}

export const forkAt = (slot: number): ForkPostAltair =>
  DIGESTS.at(Math.floor(slot / SLOTS_PER_EPOCH) as Epoch).fork as ForkPostAltair;
export const digestAt = (slot: number): Uint8Array =>
  hexToBytes(`0x${DIGESTS.at(Math.floor(slot / SLOTS_PER_EPOCH) as Epoch).digest}`);

export interface TestBlock extends EncodedBlock {
  readonly root: Root;
  readonly block: SignedBeaconBlock;
}

/** One chain of blocks, one for each of these slots. */
export function blocksAt(slots: readonly number[]): readonly TestBlock[] {
  let parentRoot: Uint8Array = new Uint8Array(32);
  return slots.map((slot) => {
    const types = sszTypesFor(forkAt(slot));
    const block = types.SignedBeaconBlock.defaultValue();
    block.message.slot = slot;
    block.message.parentRoot = parentRoot;
    parentRoot = types.BeaconBlock.hashTreeRoot(block.message);
    return {slot: slot as Slot, block, root: rootToHex(parentRoot), ssz: types.SignedBeaconBlock.serialize(block)};
  });
}

export function bootstrapAt(slot: number): LightClientBootstrap {
  const bootstrap = sszTypesFor(forkAt(slot)).LightClientBootstrap.defaultValue();
  bootstrap.header.beacon.slot = slot;
  return bootstrap;
}
export const rootOf = ({header}: LightClientBootstrap): Root =>
  rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(header.beacon));

export function updateOf(period: number): LightClientUpdate {
  const slot = period * EPOCHS_PER_PERIOD * SLOTS_PER_EPOCH + 3;
  const update = sszTypesFor(forkAt(slot)).LightClientUpdate.defaultValue();
  update.attestedHeader.beacon.slot = slot;
  return update;
}

export function finalityUpdateAt(slot: number): LightClientFinalityUpdate {
  const update = sszTypesFor(forkAt(slot)).LightClientFinalityUpdate.defaultValue();
  update.attestedHeader.beacon.slot = slot;
  return update;
}

export function optimisticUpdateAt(slot: number): LightClientOptimisticUpdate {
  const update = sszTypesFor(forkAt(slot)).LightClientOptimisticUpdate.defaultValue();
  update.attestedHeader.beacon.slot = slot;
  return update;
}

export const STATUS: LocalStatus = {
  finalizedRoot: `0x${"f1".repeat(32)}` as Root,
  finalizedEpoch: 1 as Epoch,
  headRoot: `0x${"4e".repeat(32)}` as Root,
  headSlot: 29 as Slot,
  earliestAvailableSlot: 5 as Slot,
};

/** A chain that has what it is given. */
export class TestChain implements LocalChain {
  blocks: readonly TestBlock[] = [];
  bootstraps: readonly LightClientBootstrap[] = [];
  updates: readonly LightClientUpdate[] = [];
  finalityUpdate: LightClientFinalityUpdate | null = null;
  optimisticUpdate: LightClientOptimisticUpdate | null = null;
  localStatus = STATUS;

  status(): LocalStatus {
    return this.localStatus;
  }

  blocksByRange(startSlot: Slot, count: number): Iterable<EncodedBlock> {
    return this.blocks.filter(({slot}) => slot >= startSlot && slot < startSlot + count);
  }

  async *blocksByRoot(roots: readonly Root[]): AsyncGenerator<EncodedBlock> {
    for (const root of roots) yield* this.blocks.filter((block) => block.root === root);
  }

  lightClientBootstrap(blockRoot: Root): LightClientBootstrap | null {
    return this.bootstraps.find((bootstrap) => rootOf(bootstrap) === blockRoot) ?? null;
  }

  lightClientUpdates(startPeriod: number, count: number): readonly LightClientUpdate[] {
    return this.updates.slice(startPeriod, startPeriod + count);
  }

  lightClientFinalityUpdate(): LightClientFinalityUpdate | null {
    return this.finalityUpdate;
  }

  lightClientOptimisticUpdate(): LightClientOptimisticUpdate | null {
    return this.optimisticUpdate;
  }
}
