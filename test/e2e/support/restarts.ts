import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";
import type {MoteProcess} from "./mote-process.ts";
import type {Room} from "./room.ts";
import {startNode} from "./start-node.ts";
import {blockShown, slotEnded, VoteTap} from "./vote-tap.ts";

export const VALIDATORS = 32;

export interface KilledTwice {
  readonly devnet: Devnet;
  readonly second: MoteProcess;
  readonly third: MoteProcess;
  /** Votes that came in each slot. */
  readonly votesInSlot: ReadonlyMap<number, number>;
}

/**
 * Kills the node twice and starts it again at once on the same datadir: in slot 9 when it has just heard of the block that it is to vote for, and
 * in slot 20 when its votes have reached the beacon node and the answer has not reached it. The run ends with slot 33.
 */
export async function killTwice(room: Room): Promise<KilledTwice> {
  const devnet = await room.devnet({validators: VALIDATORS, genesisDelaySec: 12});
  const tap = new VoteTap(devnet);
  const votesInSlot = new Map<number, number>();
  devnet.subscribe((event) => {
    if (event.kind === "slot_ended") votesInSlot.set(event.slot, devnet.chain.ledger.slot(event.slot)?.published ?? 0);
  });
  const first = startNode(room, devnet, {name: "killed-twice", isNew: true});
  await first.ready();
  devnet.start();
  await blockShown(devnet, 9);
  await kill(first);
  const second = startNode(room, devnet, {name: "killed-twice", isNew: false});
  await slotEnded(devnet, 19);
  await tap.next();
  await kill(second);
  const third = startNode(room, devnet, {name: "killed-twice", isNew: false});
  await slotEnded(devnet, 33);
  assert.ok(third.isRunning, third.story());
  return {devnet, second, third, votesInSlot};
}

/**
 * The restart that makes a double vote: the block of slot 1 comes after the votes' due time, so that the node votes for the one before. It is killed
 * at that moment, and the next one, started in the same slot, sees the other head. The run ends with slot 1.
 * @param flags what the one that is started again gets besides
 */
export async function killBetweenTwoHeads(
  room: Room,
  {
    datadirs: [before, after],
    flags = [],
  }: {readonly datadirs: readonly [string, string]; readonly flags?: readonly string[]},
): Promise<{readonly devnet: Devnet; readonly restarted: MoteProcess}> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 10, faults: ["reorg@1"]});
  const tap = new VoteTap(devnet);
  const first = startNode(room, devnet, {name: before, isNew: true});
  await first.ready();
  devnet.start();
  await slotEnded(devnet, 0);
  await tap.next();
  const otherHead = blockShown(devnet, 1);
  await kill(first);
  await otherHead;
  const restarted = startNode(room, devnet, {name: after, isNew: after !== before}, ...flags);
  await slotEnded(devnet, 1);
  return {devnet, restarted};
}

async function kill(mote: MoteProcess): Promise<void> {
  mote.signal("SIGKILL");
  assert.equal((await mote.exited).signal, "SIGKILL");
}
