// Measures what Mote promises of its speed and size, each beside the floor that the same machine set in the same run. A bound that is passed
// over is said and is no failure; a measurement that could not be made is one.
import {mkdirSync, mkdtempSync, rmSync} from "node:fs";
import {availableParallelism, cpus, tmpdir} from "node:os";
import {join} from "node:path";
import {block} from "./bench/block.ts";
import {build} from "./bench/build.ts";
import type {Benchmark, Figure} from "./bench/figure.ts";
import {gossipVotes} from "./bench/gossip-votes.ts";
import {headToPublish} from "./bench/head-to-publish.ts";
import {interchange} from "./bench/interchange.ts";
import {keystores} from "./bench/keystores.ts";
import {largeMemory} from "./bench/large-memory.ts";
import {largeProtection} from "./bench/large-protection.ts";
import {lightClientUpdate} from "./bench/light-client-update.ts";
import {loadedModules} from "./bench/loaded-modules.ts";
import {lostBeaconNode} from "./bench/lost-beacon-node.ts";
import {manyValidators} from "./bench/many-validators.ts";
import {memory} from "./bench/memory.ts";
import {p2pNode} from "./bench/p2p-node.ts";
import {rangeResponse} from "./bench/range-response.ts";
import {remoteSigning} from "./bench/remote-signing.ts";
import {sharedProtection} from "./bench/shared-protection.ts";
import {slashingProtection} from "./bench/slashing-protection.ts";
import {snappyFraming} from "./bench/snappy-framing.ts";
import {startToReady} from "./bench/start-to-ready.ts";
import {table} from "./bench/table.ts";

const BENCHMARKS: readonly Benchmark[] = [
  build,
  startToReady,
  keystores,
  slashingProtection,
  largeProtection,
  interchange,
  sharedProtection,
  loadedModules,
  memory,
  largeMemory,
  headToPublish,
  manyValidators,
  remoteSigning,
  lostBeaconNode,
  block,
  snappyFraming,
  rangeResponse,
  gossipVotes,
  lightClientUpdate,
  p2pNode,
];

const wanted = process.argv.slice(2);
const chosen = BENCHMARKS.filter(({name}) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(`bench: there is no such measurement; there are: ${BENCHMARKS.map(({name}) => name).join(", ")}`);
  process.exit(2);
}

const scratchDir = mkdtempSync(join(tmpdir(), "mote-bench-"));
process.once("exit", () => rmSync(scratchDir, {recursive: true, force: true}));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const figures: Figure[] = [];
const failures: string[] = [];
for (const [at, {name, measure}] of chosen.entries()) {
  console.error(`bench: ${name} …`);
  const dir = join(scratchDir, `${at}`);
  mkdirSync(dir);
  try {
    figures.push(...(await measure(dir)));
  } catch (error) {
    failures.push(`${name} could not be measured: ${error instanceof Error ? error.message : error}`);
  }
}

console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown processor"}\n`);
console.log(table(figures));
for (const failure of failures) console.error(`bench: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
