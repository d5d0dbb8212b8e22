// Validates full updates of the mainnet preset as the node does, in a process of its own since the preset is frozen when it is loaded.
// Prints one JSON line.
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {LightClientUpdate} from "@lodestar/types";
import {setFastHasher} from "@mote/consensus";
import {ThreadedVerifier} from "@mote/consensus/threaded-verifier";
import type {SignatureVerifier, Slot} from "@mote/core";
import {initializeState, LightClientStore} from "@mote/light-client";
import {copyOf, MadeChain, madeConfig} from "../../packages/light-client/test/support/made-chain.ts";
import {median} from "./statistics.ts";

const UPDATES = 40;
const WARM_UP = 10;
const BEGIN_SLOT = 4 * SLOTS_PER_EPOCH;
const FIRST_SLOT = 7 * SLOTS_PER_EPOCH;

await setFastHasher();
const gloasEpoch = process.argv[2] === "gloas" ? 0 : 1_000_000;
const config = madeConfig(gloasEpoch);
const chain = new MadeChain({config});
const log = {debug() {}, info() {}, warn: console.error, error: console.error};
const threaded = new ThreadedVerifier({}, {log});
let blsMs = 0;
const verifier: Pick<SignatureVerifier, "verifyAggregate"> = {
  async verifyAggregate(...args) {
    const startedMs = performance.now();
    const isValid = await threaded.verifyAggregate(...args);
    blsMs = performance.now() - startedMs;
    return isValid;
  },
};
const begun = initializeState(config, chain.root(BEGIN_SLOT), chain.bootstrap(BEGIN_SLOT));
if (begun.kind === "refused") throw new Error(begun.reason);
const updates: LightClientUpdate[] = [];
for (let slot = FIRST_SLOT; updates.length < UPDATES; slot++)
  updates.push(copyOf(config, chain.update({attestedSlot: slot})));

const samples: {readonly blsMs: number; readonly beyondMs: number}[] = [];
for (const update of updates) {
  // A new store each time: all of an update is checked, its next committee too.
  const store = new LightClientStore({config, state: begun.state}, {verifier: verifier as SignatureVerifier});
  const startedMs = performance.now();
  const verdict = await store.process(update, (FIRST_SLOT + UPDATES) as Slot);
  const totalMs = performance.now() - startedMs;
  if (verdict.kind === "refused") throw new Error(verdict.reason);
  samples.push({blsMs, beyondMs: totalMs - blsMs});
}
await threaded.close();
const counted = samples.slice(WARM_UP);
const beyondMs = counted.map((sample) => sample.beyondMs);
console.log(
  JSON.stringify({
    event: "light_client_update",
    blsMs: median(counted.map((sample) => sample.blsMs)),
    firstBlsMs: samples[0]?.blsMs,
    beyondMs: median(beyondMs),
    beyondMsMax: Math.max(...beyondMs),
  }),
);
