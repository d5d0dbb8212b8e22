import assert from "node:assert/strict";
import type {Cancel, ChainEvent, ChainEvents, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

export interface ChainEventsUnderTest extends UnderTest {
  readonly events: ChainEvents;
  readonly beaconNodes: readonly string[];
  /** The subject's clock, which stands. */
  readonly nowMs: () => number;
  /** The beacon node that the event names says so. Resolves when it was told to a listener that subscribed before all others. */
  readonly announce: (event: Exclude<ChainEvent, {kind: "connected"}>) => Promise<void>;
  /** The event stream of this node ends. Resolves when it stands again and that was told, as with `announce`. */
  readonly reconnect: (beaconNode: string) => Promise<void>;
}

const rootOf = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;

const headOf = (beaconNode: string, slot: number, receivedMs: number) =>
  ({
    kind: "head",
    beaconNode,
    slot: slot as Slot,
    blockRoot: rootOf(slot),
    currentEpochDependentRoot: rootOf(0xc0),
    nextEpochDependentRoot: rootOf(0xd0),
    receivedMs,
  }) satisfies ChainEvent;

function announceHead({announce, beaconNodes, nowMs}: ChainEventsUnderTest, slot: number): Promise<void> {
  return announce(headOf(beaconNodes[0] as string, slot, nowMs()));
}

const slotOf = (event: ChainEvent): number => (event.kind === "head" ? event.slot : Number.NaN);

export const CHAIN_EVENTS_CHECKS: readonly ContractCheck<ChainEventsUnderTest>[] = [
  {
    name: "tells each event as the beacon node said it, by its name",
    run: async ({events, beaconNodes, nowMs, announce}) => {
      const told: ChainEvent[] = [];
      events.subscribe((event) => told.push(event));
      const said = beaconNodes.flatMap((beaconNode, at) => [
        headOf(beaconNode, 17 + at, nowMs()),
        {kind: "chain_reorg", beaconNode, slot: (18 + at) as Slot, depth: 2} as const,
        {kind: "finalized_checkpoint", beaconNode, epoch: (3 + at) as Epoch, root: rootOf(0xf0)} as const,
        {
          kind: "payload_available",
          beaconNode,
          slot: (17 + at) as Slot,
          blockRoot: rootOf(17 + at),
          receivedMs: nowMs(),
        } as const,
        // Of a proposal, and of votes.
        {kind: "slashing", beaconNode, validatorIndices: [5 as ValidatorIndex]} as const,
        {kind: "slashing", beaconNode, validatorIndices: [5 as ValidatorIndex, 8 as ValidatorIndex]} as const,
      ]);
      for (const event of said) await announce(event);
      assert.deepEqual(told, said);
    },
  },
  {
    name: "tells when the events of a node stand again",
    run: async ({events, beaconNodes, reconnect}) => {
      const told: ChainEvent[] = [];
      events.subscribe((event) => told.push(event));
      const beaconNode = beaconNodes.at(-1) as string;
      await reconnect(beaconNode);
      assert.deepEqual(told, [{kind: "connected", beaconNode}]);
    },
  },
  {
    name: "calls listeners in the order of subscription",
    run: async (subject) => {
      const called: string[] = [];
      for (const name of ["first", "second", "third"]) subject.events.subscribe(() => called.push(name));
      await announceHead(subject, 17);
      assert.deepEqual(called, ["first", "second", "third"]);
    },
  },
  {
    name: "calls no listener that cancelled, and the others as before",
    run: async (subject) => {
      const told: number[][] = [[], []];
      const [cancel] = told.map((slots) => subject.events.subscribe((event) => slots.push(slotOf(event))));
      await announceHead(subject, 17);
      for (let times = 0; times < 2; times++) cancel?.();
      await announceHead(subject, 18);
      assert.deepEqual(told, [[17], [17, 18]]);
    },
  },
  {
    name: "takes each subscription for one of its own",
    run: async (subject) => {
      const told: number[] = [];
      const listener = (event: ChainEvent) => void told.push(slotOf(event));
      const [cancel] = [subject.events.subscribe(listener), subject.events.subscribe(listener)];
      await announceHead(subject, 17);
      for (let times = 0; times < 2; times++) cancel?.();
      await announceHead(subject, 18);
      assert.deepEqual(told, [17, 17, 18]);
    },
  },
  {
    name: "lets a listener cancel within its call",
    run: async (subject) => {
      const told: number[][] = [[], []];
      const cancel: Cancel = subject.events.subscribe((event) => {
        told[0]?.push(slotOf(event));
        cancel();
      });
      subject.events.subscribe((event) => told[1]?.push(slotOf(event)));
      for (const slot of [17, 18]) await announceHead(subject, slot);
      assert.deepEqual(told, [[17], [17, 18]]);
    },
  },
];

/** What every adapter of the port `ChainEvents` has to do. */
export const chainEventsContract = contractOf(CHAIN_EVENTS_CHECKS);
