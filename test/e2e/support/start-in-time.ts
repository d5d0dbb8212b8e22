import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";

/** Lets a devnet's time run, once all its nodes are ready: after genesis they would miss the beginning of their story. */
export function startInTime(devnet: Devnet): void {
  const lateMs = Date.now() - devnet.chain.genesis.timeSec * 1000;
  assert.ok(lateMs < 0, `the nodes were ready ${lateMs} ms after genesis`);
  devnet.start();
}
