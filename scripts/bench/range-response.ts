import {join} from "node:path";
import {Child, eventOf} from "./child.ts";
import type {Benchmark} from "./figure.ts";

const TIMEOUT_MS = 120_000;
/** A whole response has twelve, and what buffers it has more. */
const RISE_MIB_MAX = 8;
/** Two windows of a stream, and what lies between. */
const AHEAD_BLOCKS_MAX = 32;

/** Both ends of a range of blocks, over a socket of loopback, when the one that asked takes its time. */
export const rangeResponse: Benchmark = {
  name: "range response",
  async measure() {
    const child = new Child({
      argv: ["--expose-gc", join(import.meta.dirname, "range-response-run.ts")],
      env: {LODESTAR_PRESET: "mainnet"},
    });
    const said = await child.waitFor("the response", (line) => eventOf(line, "range_response"), TIMEOUT_MS);
    await child.exited;
    return [
      {
        what: `RSS of both ends over ${said.blocks} blocks of ${said.blockKb} kB, slow consumer, rise`,
        value: Number(said.riseMib),
        unit: "MiB",
        floor: null,
        valueMax: RISE_MIB_MAX,
        notes: [`from ${Number(said.baseMib).toFixed(0)} MiB; each time after a collection`],
      },
      {
        what: "blocks of it on their way to the consumer, at most",
        value: Number(said.aheadMax),
        unit: "blocks",
        floor: null,
        valueMax: AHEAD_BLOCKS_MAX,
      },
    ];
  },
};
