import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {Child} from "./child.ts";
import {joinWords, openDevnet} from "./devnet.ts";
import {DutyStages} from "./duty-stages.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {RawSigning} from "./raw-signing.ts";
import {median} from "./statistics.ts";

const VALIDATORS = 512;
const SLOTS_PER_EPOCH = 8;
const VOTES_PER_SLOT = VALIDATORS / SLOTS_PER_EPOCH;
const SECONDS_PER_SLOT = 6;
/** The node's records of an epoch are closed when the epoch after it is over: this run sees those of two epochs. */
const LAST_SLOT = 3 * SLOTS_PER_EPOCH;
const GENESIS_DELAY_SEC = 12;
const BEYOND_SIGNING_MS_MAX = 10;
/** Between the votes at the slot's start and the aggregates at two thirds of it the machine is at rest. */
const QUIET_MS = SECONDS_PER_SLOT * 430;
const ROUNDS_PER_SLOT = 6;
const RUN_TIMEOUT_MS = (GENESIS_DELAY_SEC + (LAST_SLOT + 4) * SECONDS_PER_SLOT) * 1000;

interface DevnetSummary {
  readonly headToPublishMs: {readonly p50: number | null; readonly p99: number | null};
}

/** From the head event, as the devnet writes it, to the last byte of the votes' POST, as the devnet receives it. */
export const headToPublish: Benchmark = {
  name: "head to publish",
  async measure(scratchDir) {
    const devnet = await openDevnet({
      validators: VALIDATORS,
      secondsPerSlot: SECONDS_PER_SLOT,
      genesisDelaySec: GENESIS_DELAY_SEC,
    });
    const words = [...joinWords(devnet.url, join(scratchDir, "data")), "--interop-keys", `0..${VALIDATORS - 1}`];
    const node = Child.mote(words);
    const floor = new RawSigning({keys: VOTES_PER_SLOT});
    const slots = new SlotLatencies();
    const stages = new DutyStages({slotsPerEpoch: SLOTS_PER_EPOCH});
    node.onLine((line) => stages.take(line));
    devnet.child.onLine((line) => {
      slots.take(line);
      if (/^slot \d+ /.test(line)) void signWhenQuiet(floor);
    });
    try {
      const isLastSlot = (line: string) => (line.startsWith(`slot ${LAST_SLOT} `) ? true : null);
      await devnet.child.waitFor(`slot ${LAST_SLOT}`, isLastSlot, RUN_TIMEOUT_MS);
      const ended = devnet.child.waitFor("the devnet's summary", findSummary, RUN_TIMEOUT_MS);
      await devnet.child.stop();
      return [figure(await ended, floor, [slots.describe(), ...stages.describe()])];
    } finally {
      await node.stop();
      await devnet.child.stop();
    }
  },
};

async function signWhenQuiet(floor: RawSigning): Promise<void> {
  await sleep(QUIET_MS, undefined, {ref: false});
  for (let round = 0; round < ROUNDS_PER_SLOT; round++) floor.round();
}

const findSummary = (line: string): DevnetSummary | null =>
  line.startsWith('{"slots"') ? (JSON.parse(line) as DevnetSummary) : null;

function figure({headToPublishMs: {p50, p99}}: DevnetSummary, floor: RawSigning, notes: readonly string[]): Figure {
  if (p50 === null) throw new Error("no vote was set off by a head event");
  const floorMs = median(floor.samplesMs);
  return {
    what: `head to publish, ${VOTES_PER_SLOT} votes, p50`,
    value: p50,
    unit: "ms",
    floor: {what: `bare signing of ${VOTES_PER_SLOT} votes on one thread, between the slots`, value: floorMs},
    valueMax: floorMs + BEYOND_SIGNING_MS_MAX,
    notes: [`p99 ${p99} ms; p50 beyond signing ${(p50 - floorMs).toFixed(1)} ms`, ...notes],
  };
}

const epochOf = (slot: number): number => Math.floor(slot / SLOTS_PER_EPOCH);

/** What the devnet says in its slot lines, epoch by epoch: the first votes of a process are slower than the others. */
class SlotLatencies {
  readonly #epochs = new Map<number, number[]>();

  take(line: string): void {
    const [, slot, ms] = /^slot (\d+) .* · ([\d.]+) ms$/.exec(line) ?? [];
    if (ms === undefined) return;
    const epoch = epochOf(Number(slot));
    this.#epochs.set(epoch, [...(this.#epochs.get(epoch) ?? []), Number(ms)]);
  }

  describe(): string {
    const medians = [...this.#epochs].map(([epoch, samples]) => `epoch ${epoch} ${median(samples).toFixed(0)} ms`);
    return `p50 of each epoch: ${medians.join(", ")}`;
  }
}
