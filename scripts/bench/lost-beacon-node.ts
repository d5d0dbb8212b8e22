import {mkdirSync} from "node:fs";
import {join} from "node:path";
import type {BenchFault, VotesTaken} from "./chain/chain-init.ts";
import {openChain} from "./chain/open-chain.ts";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {percentile} from "./statistics.ts";
import {writeKeystores} from "./write-keystores.ts";

const VALIDATORS = 64;
const NODES = 3;
const SLOT_MS = 1_000;
const LEAD_SEC = 6;
const START_SLOT = 320;
/** Votes that do not come by the head event come by the due time: that lies far enough behind it to be seen. */
const DUE = {
  ATTESTATION_DUE_BPS: "9000",
  SYNC_MESSAGE_DUE_BPS: "9000",
  AGGREGATE_DUE_BPS: "9300",
  CONTRIBUTION_DUE_BPS: "9300",
};
const WARM_UP_SLOTS = 16;
/** Healthy, dead, healthy, hanging: so many slots each, over and over. */
const STRETCH_SLOTS = 8;
const ROUNDS = 6;
const FIRST_SLOT = START_SLOT + WARM_UP_SLOTS;
const LAST_SLOT = FIRST_SLOT + ROUNDS * 4 * STRETCH_SLOTS;
const RUN_TIMEOUT_MS = LEAD_SEC * 1000 + (LAST_SLOT - START_SLOT + 10) * SLOT_MS;
const ADDED_P50_MS_MAX = 50;
const ADDED_P99_MS_MAX = 300;

const FAULTS: readonly BenchFault[] = Array.from({length: ROUNDS}, (_, round) => round).flatMap((round) => {
  const slot = FIRST_SLOT + round * 4 * STRETCH_SLOTS;
  const stretch = (at: number) => ({fromSlot: slot + at * STRETCH_SLOTS, toSlot: slot + (at + 1) * STRETCH_SLOTS});
  return [
    {kind: "dead", ...stretch(1)},
    {kind: "hanging", ...stretch(3)},
  ] as const;
});

const KINDS = ["healthy", "dead", "hanging"] as const;
type Kind = (typeof KINDS)[number];
const kindOf = (slot: number): Kind =>
  FAULTS.find(({fromSlot, toSlot}) => fromSlot <= slot && slot < toSlot)?.kind ?? "healthy";

/** What it costs that the first of three beacon nodes is lost, in the moment and afterwards: head event of the others to the votes' POST at one of them. */
export const lostBeaconNode: Benchmark = {
  name: "lost beacon node",
  async measure(scratchDir) {
    // Side by side, at other moments of the slot.
    const runs = [
      {strategy: "first", headDelayMs: 50},
      {strategy: "threshold", headDelayMs: 350},
    ];
    const figures = await Promise.all(runs.map((run) => measureStrategy(join(scratchDir, run.strategy), run)));
    return figures.flat();
  },
};

async function measureStrategy(
  dir: string,
  {strategy, headDelayMs}: {strategy: string; headDelayMs: number},
): Promise<Figure[]> {
  mkdirSync(dir);
  const {keystoresDir, secretsDir} = await writeKeystores(dir, VALIDATORS);
  const init = {slotMs: SLOT_MS, startSlot: START_SLOT, leadSec: LEAD_SEC, nodes: NODES, due: DUE};
  const chain = await openChain(dir, {...init, headDelayMs, faults: FAULTS});
  const node = Child.mote([
    ...chain.startWords(join(dir, "data")),
    ...["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir],
    ...["--strategy", `attestation=${strategy}`],
  ]);
  const samples = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  const votedSlots = new Set<number>();
  chain.child.onLine((line) => {
    const votes = eventOf(line, "votes") as unknown as VotesTaken | null;
    if (votes === null || votes.slot < FIRST_SLOT || votes.slot >= LAST_SLOT) return;
    votedSlots.add(votes.slot);
    samples.get(kindOf(votes.slot))?.push(votes.headToPublishMs);
  });
  try {
    await node.waitFor("ready", (line) => eventOf(line, "ready"), RUN_TIMEOUT_MS);
    const isLast = (line: string) => ((eventOf(line, "head")?.slot as number) > LAST_SLOT ? true : null);
    await chain.child.waitFor("the last slot", isLast, RUN_TIMEOUT_MS);
  } finally {
    await node.stop();
    await chain.child.stop();
  }
  const missed = LAST_SLOT - FIRST_SLOT - votedSlots.size;
  return figuresOf(strategy, samples, missed);
}

function figuresOf(strategy: string, samples: ReadonlyMap<Kind, readonly number[]>, missed: number): Figure[] {
  const of = (kind: Kind, fraction: number) => percentile(samples.get(kind) ?? [], fraction);
  return (["dead", "hanging"] as const).flatMap((kind) =>
    (
      [
        [0.5, ADDED_P50_MS_MAX, "p50"],
        [0.99, ADDED_P99_MS_MAX, "p99"],
      ] as const
    ).map(([fraction, addedMsMax, name]) => ({
      what: `head to publish, first of ${NODES} nodes ${kind}, ${strategy}, ${name}`,
      value: of(kind, fraction),
      unit: "ms",
      floor: {what: "the same with all of them healthy", value: of("healthy", fraction)},
      valueMax: of("healthy", fraction) + addedMsMax,
      notes: [
        `of ${samples.get(kind)?.length} slots, ${samples.get("healthy")?.length} of them healthy; ${missed} slots of the run without votes; worst ms ${worst(samples.get(kind) ?? [])}, healthy ${worst(samples.get("healthy") ?? [])}`,
      ],
    })),
  );
}

const worst = (samples: readonly number[]): string =>
  samples
    .toSorted((a, b) => b - a)
    .slice(0, 6)
    .map((ms) => ms.toFixed(0))
    .join(", ");
