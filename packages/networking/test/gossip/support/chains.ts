import {chainConfigFromSpec, createNetworkConfig, type NetworkConfig, type SpecValues} from "@mote/consensus";
import {type Clock, type Epoch, type Root, type Slot, SlotClock} from "@mote/core";
import {ForkDigests} from "../../../src/forks/fork-digests.ts";
import {TopicTable} from "../../../src/gossip/topics.ts";

export const SLOTS_PER_EPOCH = 8;
export const SLOT_DURATION_MS = 2_000;
const GENESIS_VALIDATORS_ROOT = `0x${"11".repeat(32)}` as Root;

/** A minimal chain that begins in Fulu, changes its blob parameters at epoch 10 and becomes Gloas at epoch 20. */
export function chain(spec: SpecValues = {}): {
  readonly config: NetworkConfig;
  readonly digests: ForkDigests;
  readonly topics: TopicTable;
} {
  const forks = {
    ALTAIR_FORK_EPOCH: "0",
    BELLATRIX_FORK_EPOCH: "0",
    CAPELLA_FORK_EPOCH: "0",
    DENEB_FORK_EPOCH: "0",
    ELECTRA_FORK_EPOCH: "0",
    FULU_FORK_EPOCH: "0",
    GLOAS_FORK_EPOCH: "20",
    BLOB_SCHEDULE: [{EPOCH: "10", MAX_BLOBS_PER_BLOCK: "12"}],
  };
  const config = createNetworkConfig(
    chainConfigFromSpec({SLOT_DURATION_MS: `${SLOT_DURATION_MS}`, ...forks, ...spec}),
    GENESIS_VALIDATORS_ROOT,
  );
  const digests = new ForkDigests(config);
  return {config, digests, topics: new TopicTable({digests})};
}

export function slotClockAt(clock: Clock, slot: number): SlotClock {
  const genesisTimeSec = (clock.nowMs() - slot * SLOT_DURATION_MS) / 1000;
  return new SlotClock({genesisTimeSec, slotDurationMs: SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});
}

export const slotOf = (epoch: number, slotInEpoch = 0): Slot => (epoch * SLOTS_PER_EPOCH + slotInEpoch) as Slot;
export const asEpoch = (epoch: number): Epoch => epoch as Epoch;
