import {join} from "node:path";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";

const BEYOND_BLS_MS_MAX = 5;
const TIMEOUT_MS = 120_000;

interface Run {
  readonly blsMs: number;
  readonly firstBlsMs: number;
  readonly beyondMs: number;
  readonly beyondMsMax: number;
}

/** A full update with both branches and a new committee of 512 keys. What is not BLS runs on the event loop. */
export const lightClientUpdate: Benchmark = {
  name: "light-client update",
  async measure() {
    return [await figure("Fulu"), await figure("Gloas")];
  },
};

async function figure(fork: string): Promise<Figure> {
  const script = join(import.meta.dirname, "light-client-update-run.ts");
  const child = new Child({argv: [script, fork.toLowerCase()], env: {LODESTAR_PRESET: "mainnet"}});
  const line = await child.waitFor("updates", (text) => eventOf(text, "light_client_update"), TIMEOUT_MS);
  await child.exited;
  const {blsMs, firstBlsMs, beyondMs, beyondMsMax} = line as unknown as Run;
  return {
    what: `light-client update of ${fork} beyond BLS, p50`,
    value: beyondMs,
    unit: "ms",
    floor: {what: "its BLS verification, in another thread", value: blsMs},
    valueMax: BEYOND_BLS_MS_MAX,
    notes: [`at most ${beyondMsMax.toFixed(1)} ms; BLS with 512 keys that are new to it ${firstBlsMs.toFixed(0)} ms`],
  };
}
