import {join} from "node:path";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";

const TIMEOUT_MS = 120_000;
/** 500 votes a second. */
const VOTE_MS_MAX = 2;
const LOOP_DELAY_MS_MAX = 30;

/** Votes of own subnets, from their bytes to their verdict, with the chain's own sizes; beside it the bare work of the BLS library. */
export const gossipVotes: Benchmark = {
  name: "gossip votes",
  async measure() {
    const child = new Child({
      argv: [join(import.meta.dirname, "gossip-votes-run.ts")],
      env: {LODESTAR_PRESET: "mainnet"},
    });
    const said = await child.waitFor("votes", (line) => eventOf(line, "votes"), TIMEOUT_MS);
    await child.exited;
    const {votes, batchSize} = said;
    const floor = {
      what: `bare BLS batches of ${batchSize} with keys at hand, on one thread`,
      value: Number(said.rawMs),
    };
    const vote = (what: string, value: unknown): Figure => ({
      what: `vote verified, of ${Number(votes).toLocaleString("en")} at once, ${what}`,
      value: Number(value),
      unit: "ms",
      floor,
      valueMax: VOTE_MS_MAX,
    });
    return [
      vote("keys at hand", said.goodMs),
      vote("keys never seen before", said.strangeMs),
      vote("1 in 100 forged", said.forgedMs),
      {
        what: "event loop's delay meanwhile, p99",
        value: Number(said.loopDelayP99Ms),
        unit: "ms",
        floor: null,
        valueMax: LOOP_DELAY_MS_MAX,
        notes: [
          `at most ${Number(said.loopDelayMaxMs).toFixed(1)} ms; each vote takes ${Number(said.cpuUs).toFixed(0)} µs of the main thread`,
        ],
      },
    ];
  },
};
