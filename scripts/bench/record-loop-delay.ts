// Loaded by --import into a process that is watched: says how late its event loop is, over the busy parts of each slot alone. At rest it is
// never late, and would only water down the percentiles.
import {monitorEventLoopDelay} from "node:perf_hooks";

const NS_PER_MS = 1e6;
/** A delay is what an interval took longer than this. */
const RESOLUTION_MS = 1;

interface Busy {
  readonly genesisMs: number;
  readonly slotMs: number;
  /** What came before is start-up. */
  readonly fromSlot: number;
  /** Of each slot, in ms from its start; they do not overlap. */
  readonly parts: readonly (readonly [fromMs: number, toMs: number])[];
}

const {genesisMs, slotMs, fromSlot, parts} = JSON.parse(process.env.BENCH_LOOP_DELAY ?? "") as Busy;
const histogram = monitorEventLoopDelay({resolution: RESOLUTION_MS});
const delayMs = (intervalNs: number): number => Math.max(0, intervalNs / NS_PER_MS - RESOLUTION_MS);

function watch(slot: number, [fromMs, toMs]: Busy["parts"][number]): void {
  const startMs = genesisMs + slot * slotMs;
  const begin = () => {
    histogram.enable();
    setTimeout(end, startMs + toMs - Date.now()).unref();
  };
  const end = () => {
    histogram.disable();
    // Its longest is no delay: the histogram counts the pause between two parts. To the error stream: the process's own lines come in pieces.
    console.error(JSON.stringify({event: "loop_delay", slot, p99Ms: delayMs(histogram.percentile(99))}));
    watch(slot + 1, [fromMs, toMs]);
  };
  setTimeout(begin, startMs + fromMs - Date.now()).unref();
}
for (const part of parts) watch(fromSlot, part);
