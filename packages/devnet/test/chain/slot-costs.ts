/**
 * What a slot costs the devnet: `node --expose-gc packages/devnet/test/chain/slot-costs.ts [validators] [fulu|gloas] [slots]`, from the top.
 * Prints milliseconds of each step, and the memory at the end.
 */
import {setImmediate} from "node:timers/promises";
import type {Slot} from "@mote/core";

process.env.LODESTAR_PRESET = "minimal";
const {setFastHasher} = await import("@mote/consensus");
await setFastHasher();
const {TestVoters, testChain, testKeys} = await import("./support.ts");
const {TestValidators} = await import("../support/test-validators.ts");

const [validators = "64", fork = "fulu", slots = "60"] = process.argv.slice(2);
const chain = testChain(fork === "gloas" ? "gloas" : "fulu", Number(validators));
const voters = new TestVoters(chain);
const members = new TestValidators(chain, testKeys(Number(validators)));
const costsMs = new Map<string, number[]>();

function timed<T>(step: string, run: () => T): T {
  const startMs = performance.now();
  const result = run();
  costsMs.set(step, [...(costsMs.get(step) ?? []), performance.now() - startMs]);
  return result;
}

/** Everyone of the committee is an aggregator in the minimal preset. */
function allContributions(slot: Slot) {
  return [0, 1, 2, 3].flatMap((subcommittee) => {
    const contribution = chain.syncContribution(slot, subcommittee, chain.head.root);
    if (contribution === null) return [];
    return [...new Set(members.subcommittee(slot, subcommittee))].map((index) =>
      members.contribution(contribution, index),
    );
  });
}

for (let slot = 0 as Slot; slot <= Number(slots); slot = (slot + 1) as Slot) {
  timed("begin", () => chain.onSlot(slot));
  if (slot > 0) {
    const request = members.request(slot);
    const produced = timed("make block", () => chain.produceBlock(slot, request));
    if ("refused" in produced) throw new Error(produced.refused);
    const {block, envelope} = produced;
    const signed = members.block(block);
    timed("import block", () => chain.submitBlock(signed));
    if (envelope !== null) {
      const sealed = members.envelope(envelope, block.proposerIndex);
      timed("import payload", () => chain.submitEnvelope(sealed));
    }
  }
  const data = timed("attestation data", () => voters.data(slot));
  const singles = voters.singles(slot, data);
  timed("votes", () => chain.onSingleAttestations(singles));
  const messages = members.syncMessages(slot);
  timed("sync messages", () => chain.onSyncCommitteeMessages(messages));
  const payloadVotes = members.payloadAttestations(slot);
  if (payloadVotes.length > 0) timed("payload votes", () => chain.onPayloadAttestations(payloadVotes));
  const aggregates = voters.aggregates(slot, data);
  timed("aggregates", () => chain.onAggregates(aggregates));
  const contributions = allContributions(slot);
  timed("contributions", () => chain.onContributions(contributions));
  timed("prepare next", () => chain.prepareSlot((slot + 1) as Slot));
  // Native memory is given back between turns of the event loop only.
  await setImmediate();
}

for (const [step, costs] of costsMs) {
  const sorted = costs.sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  console.log(`${step.padEnd(17)} p50 ${at(0.5)} p95 ${at(0.95)} max ${at(1)}`);
}
globalThis.gc?.();
await setImmediate();
const {rss, heapUsed} = process.memoryUsage();
const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
console.log(`rss ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB, holds ${JSON.stringify(chain.held)}`);
console.log(`finalized ${chain.finalized.epoch}, ${JSON.stringify(chain.figures())}`);
