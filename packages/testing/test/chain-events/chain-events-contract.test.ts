import type {ChainEvent, ChainEvents} from "@mote/core";
import {
  CHAIN_EVENTS_CHECKS,
  type ChainEventsUnderTest,
  chainEventsContract,
} from "../../src/chain-events/chain-events-contract.ts";
import {FakeChainEvents} from "../../src/chain-events/fake-chain-events.ts";
import {declareFlaws} from "../support/flaws.ts";

type Listener = (event: ChainEvent) => void;

function underTest(events: ChainEvents, announce: Listener): ChainEventsUnderTest {
  return {
    events,
    beaconNodes: ["bn0", "bn1"],
    nowMs: () => 1_000_000,
    announce: async (event) => announce(event),
    reconnect: async (beaconNode) => announce({kind: "connected", beaconNode}),
  };
}

const sound = (): ChainEventsUnderTest => {
  const events = new FakeChainEvents();
  return underTest(events, (event) => events.announce(event));
};

/** Listeners in a list, as `subscribe` and `announce` of a flaw treat them. */
const listing =
  (flaw: {subscribe?: (list: Listener[], listener: Listener) => () => void; announce?: typeof tellAll}) => () => {
    const list: Listener[] = [];
    const {subscribe = append, announce = tellAll} = flaw;
    return underTest({subscribe: (listener) => subscribe(list, listener)}, (event) => announce(list, event));
  };

function tellAll(list: readonly Listener[], event: ChainEvent): void {
  for (const tell of [...list]) tell(event);
}

const remove = (list: Listener[], listener: Listener) => () => void list.splice(list.indexOf(listener), 1);

function append(list: Listener[], listener: Listener): () => void {
  list.push(listener);
  return remove(list, listener);
}

describe("FakeChainEvents keeps the contract of its port", () => {
  chainEventsContract(sound);
});

describe("the suite of ChainEvents", () => {
  const confusesNodes = listing({
    announce: (list, event) => tellAll(list, {...event, beaconNode: "bn0"}),
  });
  const keepsConnectionsToItself = listing({
    announce: (list, event) => {
      if (event.kind !== "connected") tellAll(list, event);
    },
  });
  const lastComeFirstServed = listing({
    subscribe: (list, listener) => {
      list.unshift(listener);
      return remove(list, listener);
    },
  });
  /** The second cancellation takes away whoever is last. */
  const cancelsAnother = listing({});
  const knowsListenersByIdentity = listing({
    subscribe: (list, listener) => (list.includes(listener) ? remove(list, listener) : append(list, listener)),
  });
  /** Walks the list while it shrinks. */
  const skipsTheNext = listing({
    announce: (list, event) => {
      for (let at = 0; at < list.length; at++) list[at]?.(event);
    },
  });

  declareFlaws(CHAIN_EVENTS_CHECKS, {
    "tells each event as the beacon node said it, by its name": confusesNodes,
    "tells when the events of a node stand again": keepsConnectionsToItself,
    "calls listeners in the order of subscription": lastComeFirstServed,
    "calls no listener that cancelled, and the others as before": cancelsAnother,
    "takes each subscription for one of its own": knowsListenersByIdentity,
    "lets a listener cancel within its call": skipsTheNext,
  });
});
