import assert from "node:assert/strict";
import {type Miss, missesOf} from "./misses.ts";
import type {KeptPromise} from "./promises.ts";
import {LAST_SLOT, type Simulation} from "./simulation.ts";

/** What holds in every cell. */
export function assertSafe(simulation: Simulation): void {
  assert.deepEqual(simulation.watch.violations, [], "offences");
  assert.deepEqual(simulation.ends.unlisted(), [], "reasons that are not on the closed list");
  const open = simulation.ends.all().filter(({key, end}) => end === null && key.slot <= LAST_SLOT);
  assert.deepEqual(open, [], "duties without an end");
}

/** Nothing is missed but what the promise names; and all that it names is missed, or it would be too modest. */
export function assertPromise(simulation: Simulation, promise: KeptPromise): void {
  const misses = missesOf(simulation);
  const allowed = promise === "no miss" ? {} : promise.mayMiss;
  const broken = misses.filter(({kind, reason}) => allowed[kind]?.includes(reason) !== true);
  assert.deepEqual(broken.map(describe), [], "missed, against the promise");
  const missed = new Set(misses.map(({kind, reason}) => `${kind} ${reason}`));
  const named = Object.entries(allowed).flatMap(([kind, reasons]) => reasons.map((reason) => `${kind} ${reason}`));
  assert.deepEqual(
    named.filter((name) => !missed.has(name)),
    [],
    "never missed, although the promise allows it",
  );
}

const describe = ({kind, slot, validatorIndex, reason, detail}: Miss): string =>
  `${kind} of slot ${slot}, validator ${validatorIndex}: ${reason} ${detail}`.trimEnd();
