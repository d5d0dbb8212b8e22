import {execFileSync} from "node:child_process";
import {join} from "node:path";
import {Child, eventOf} from "./child.ts";
import {joinWords, openDevnet} from "./devnet.ts";
import type {Benchmark} from "./figure.ts";
import {median} from "./statistics.ts";

export const MIB = 2 ** 20;
const VALIDATORS = 64;
const EPOCHS = 8;
/** What came before is start-up. */
const STEADY_FROM_SLOT = 32;
const RSS_MIB_MAX = 130;
const BARE_RUNS = 5;
const RUN_TIMEOUT_MS = 120_000;

/** Resident memory of `mote start` while it votes, as it says in each slot's line. */
export const memory: Benchmark = {
  name: "memory",
  async measure(scratchDir) {
    const devnet = await openDevnet({validators: VALIDATORS, secondsPerSlot: 1, genesisDelaySec: 6, epochs: EPOCHS});
    const node = Child.mote([
      ...joinWords(devnet.url, join(scratchDir, "data")),
      "--interop-keys",
      `0..${VALIDATORS - 1}`,
    ]);
    const samples: number[] = [];
    node.onLine((line) => {
      const slot = eventOf(line, "slot");
      if (slot !== null && Number(slot.slot) >= STEADY_FROM_SLOT) samples.push(Number(slot.rssBytes) / MIB);
    });
    try {
      const isOver = (line: string) => (line.startsWith('{"slots"') ? true : null);
      await devnet.child.waitFor("the end of the run", isOver, RUN_TIMEOUT_MS);
    } finally {
      await node.stop();
      await devnet.child.stop();
    }
    return [
      {
        what: `RSS of mote start, ${VALIDATORS} validators, p50`,
        value: median(samples),
        unit: "MiB",
        floor: {what: "bare Node", value: bareNodeMib()},
        valueMax: RSS_MIB_MAX,
        notes: [`at most ${Math.max(...samples).toFixed(0)} MiB, from slot ${STEADY_FROM_SLOT} to ${EPOCHS * 8 - 1}`],
      },
    ];
  },
};

export function bareNodeMib(): number {
  const runs = Array.from({length: BARE_RUNS}, () =>
    Number(execFileSync(process.execPath, ["-p", "process.memoryUsage.rss()"], {encoding: "utf8"})),
  );
  return median(runs) / MIB;
}
