// The beacon nodes of a chain, in a process of their own: what they do must not be counted as Mote's.
import {setTimeout as sleep} from "node:timers/promises";
import {BenchChain} from "./bench-chain.ts";
import {BenchNode} from "./bench-node.ts";
import type {BenchChainInit, VotesTaken} from "./chain-init.ts";

const init = JSON.parse(process.argv[2] ?? "") as BenchChainInit;
const say = (event: object) => console.log(JSON.stringify(event));
const chain = new BenchChain(init);
let head = {sentMs: 0, isPublished: true};

const onVotes = (votes: number) => {
  if (head.isPublished || votes !== chain.votesAt(chain.headSlot)) return;
  head.isPublished = true;
  const taken: VotesTaken = {
    event: "votes",
    slot: chain.headSlot,
    votes,
    headToPublishMs: performance.now() - head.sentMs,
  };
  say(taken);
};
const nodes = Array.from({length: init.nodes}, () => new BenchNode({chain, onVotes, onBlock: say}));
for (const node of nodes) await node.listen();

const unixMsOf = (slot: number): number => init.genesisTimeSec * 1000 + slot * init.slotMs;
const first = Math.max(0, Math.ceil((Date.now() - unixMsOf(0)) / init.slotMs));
chain.advance(first - 1);
say({event: "listening", urls: nodes.map(({url}) => url)});
for (let slot = first; ; slot++) {
  const fault = init.faults.find(({fromSlot, toSlot}) => fromSlot <= slot && slot < toSlot);
  await sleep(Math.max(0, unixMsOf(slot) + init.headDelayMs - Date.now()));
  // In the very moment of the head: nobody can have noticed before.
  await nodes[0]?.become(fault?.kind ?? null);
  chain.advance(slot);
  head = {sentMs: performance.now(), isPublished: false};
  for (const node of nodes) node.emitHead();
  say({event: "head", slot});
}
