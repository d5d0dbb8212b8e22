import {availableParallelism} from "node:os";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {SLOTS_PER_EPOCH} from "./chain/bench-chain.ts";
import type {VotesTaken} from "./chain/chain-init.ts";
import {openChain} from "./chain/open-chain.ts";
import {Child, eventOf, MOTE} from "./child.ts";
import {DutyStages} from "./duty-stages.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {median} from "./statistics.ts";
import {ThreadedRawSigning} from "./threaded-raw-signing.ts";
import {writeKeystores} from "./write-keystores.ts";

const VALIDATORS = 10_000;
const VOTES = Math.ceil(VALIDATORS / SLOTS_PER_EPOCH);
/** Mainnet's share would be five. */
const SYNC_SEATS = 16;
const SLOT_MS = 6_000;
const HEAD_DELAY_MS = 500;
/** Keystores are unlocked meanwhile. */
const LEAD_SEC = 30;
/** The run crosses the start of an epoch, where all duties are new. */
const START_SLOT = 11 * SLOTS_PER_EPOCH - 8;
/** What the first slots still compile does not count. */
const FIRST_SLOT = START_SLOT + 4;
const LAST_SLOT = START_SLOT + 16;
const RATIO_MAX = 1.5;
const LOOP_DELAY_MS_MAX = 50;
/** Votes and what follows them; aggregates and contributions. */
const BUSY_PARTS = [
  [HEAD_DELAY_MS, HEAD_DELAY_MS + 500],
  [(SLOT_MS * 2) / 3, (SLOT_MS * 2) / 3 + 500],
] as const;
/** Between votes and aggregates the machine is at rest. */
const QUIET_MS = 2_000;
const ROUNDS_PER_SLOT = 3;
const RUN_TIMEOUT_MS = LEAD_SEC * 1000 + (LAST_SLOT - START_SLOT + 4) * SLOT_MS;

/** Ten thousand validators on one node: from the head event, as a beacon node writes it, to the last byte of the votes' POST, as it gets it. */
export const manyValidators: Benchmark = {
  name: "many validators",
  async measure(scratchDir) {
    const {keystoresDir, secretsDir} = await writeKeystores(scratchDir, VALIDATORS);
    const init = {slotMs: SLOT_MS, startSlot: START_SLOT, leadSec: LEAD_SEC};
    const chain = await openChain(scratchDir, {...init, headDelayMs: HEAD_DELAY_MS, syncSeats: SYNC_SEATS});
    const words = [
      ...chain.startWords(join(scratchDir, "data")),
      ...["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir],
    ];
    const busy = {genesisMs: chain.genesisTimeSec * 1000, slotMs: SLOT_MS, fromSlot: FIRST_SLOT, parts: BUSY_PARTS};
    const watched = (...argv: readonly string[]) =>
      new Child({
        argv: ["--import", join(import.meta.dirname, "record-loop-delay.ts"), ...argv],
        env: {BENCH_LOOP_DELAY: JSON.stringify(busy)},
      });
    const node = watched(MOTE, ...words);
    const stages = new DutyStages({slotsPerEpoch: SLOTS_PER_EPOCH});
    node.onLine((line) => stages.take(line));
    const idle = watched("-e", "setInterval(() => {}, 1000)");
    const delays = {node: newestDelay(node), idle: newestDelay(idle)};
    const floor = new ThreadedRawSigning({keys: VOTES, threads: availableParallelism()});
    const taken: (VotesTaken & {readonly floorMs: number})[] = [];
    chain.child.onLine((line) => {
      const votes = eventOf(line, "votes") as unknown as VotesTaken | null;
      if (votes === null || votes.slot < FIRST_SLOT) return;
      void signWhenQuiet(floor).then((floorMs) => taken.push({...votes, floorMs}));
    });
    try {
      await node.waitFor("ready", (line) => eventOf(line, "ready"), RUN_TIMEOUT_MS);
      const isLast = (line: string) => ((eventOf(line, "head")?.slot as number) > LAST_SLOT ? true : null);
      await chain.child.waitFor("the last slot", isLast, RUN_TIMEOUT_MS);
      // Votes whose inclusion it still waits for are told when it stops.
      await node.stop();
      return [votesFigure(taken, floor, stages.describe()), delayFigure(delays.node(), delays.idle())];
    } finally {
      await node.stop();
      await idle.stop();
      await chain.child.stop();
      await floor.close();
    }
  },
};

interface LoopDelay {
  readonly p99Ms: number;
}

/** @returns what gives the last word of the process, which is of all its slots */
function newestDelay(child: Child): () => LoopDelay {
  let newest: LoopDelay | null = null;
  child.onLine((line) => {
    newest = (eventOf(line, "loop_delay") as unknown as LoopDelay | null) ?? newest;
  });
  return () => {
    if (newest === null) throw new Error("no delay of an event loop was told");
    return newest;
  };
}

/** @returns the median of its rounds */
async function signWhenQuiet(floor: ThreadedRawSigning): Promise<number> {
  await sleep(QUIET_MS, undefined, {ref: false});
  for (let round = 0; round < ROUNDS_PER_SLOT; round++) await floor.round();
  return median(floor.samplesMs.slice(-ROUNDS_PER_SLOT));
}

function votesFigure(
  taken: readonly (VotesTaken & {readonly floorMs: number})[],
  floor: ThreadedRawSigning,
  stages: readonly string[],
): Figure {
  const times = taken.map(({headToPublishMs}) => headToPublishMs);
  const ratios = taken.map(({headToPublishMs, floorMs}) => headToPublishMs / floorMs);
  const floorMs = median(floor.samplesMs);
  return {
    what: `head to publish, ${VOTES} votes of ${VALIDATORS.toLocaleString("en")} validators, p50`,
    value: median(times),
    unit: "ms",
    floor: {
      what: `bare signing of ${VOTES} votes on ${availableParallelism()} threads, between the votes`,
      value: floorMs,
    },
    valueMax: RATIO_MAX * floorMs,
    notes: [
      `each slot against its own floor, p50: ${median(ratios).toFixed(2)} ×, of ${ratios.length} slots, ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×`,
      `from ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms; floors from ${Math.min(...floor.samplesMs).toFixed(0)} to ${Math.max(...floor.samplesMs).toFixed(0)} ms`,
      ...stages,
    ],
  };
}

const delayFigure = (node: LoopDelay, idle: LoopDelay): Figure => ({
  what: "event-loop delay meanwhile, p99",
  value: node.p99Ms,
  unit: "ms",
  floor: {what: "that of an idle Node beside it", value: idle.p99Ms},
  valueMax: LOOP_DELAY_MS_MAX,
  notes: ["half a second from the head event and from the aggregates' due time on, of each slot"],
});
