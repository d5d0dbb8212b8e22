import type {NetworkEvent, NetworkObserver, ValidatorIndex} from "@mote/core";
import {FakeNetworkObserver} from "../../src/network-observer/fake-network-observer.ts";
import {
  NETWORK_OBSERVER_CHECKS,
  type NetworkObserverUnderTest,
  networkObserverContract,
} from "../../src/network-observer/network-observer-contract.ts";
import {declareFlaws} from "../support/flaws.ts";

type Listener = (event: NetworkEvent) => void;

const slashing = (validatorIndex: ValidatorIndex): NetworkEvent => ({
  kind: "slashing",
  validatorIndices: [validatorIndex],
  receivedMs: 1_000,
});

function sound(): NetworkObserverUnderTest {
  const observer = new FakeNetworkObserver();
  return {observer, showSlashing: async (index) => observer.show(slashing(index))};
}

/** Listeners in a list, as `subscribe` of a flaw treats them. */
const listing =
  (subscribe: (list: Listener[], listener: Listener) => () => void, change = (event: NetworkEvent) => event) =>
  (): NetworkObserverUnderTest => {
    const list: Listener[] = [];
    const observer: NetworkObserver = {subscribe: (listener) => subscribe(list, listener)};
    return {
      observer,
      showSlashing: async (index) => {
        for (const tell of [...list]) tell(change(slashing(index)));
      },
    };
  };

const remove = (list: Listener[], listener: Listener) => () => void list.splice(list.indexOf(listener), 1);

describe("FakeNetworkObserver keeps the contract of its port", () => {
  networkObserverContract(sound);
});

describe("the suite of NetworkObserver", () => {
  const lastComeFirstServed = listing((list, listener) => {
    list.unshift(listener);
    return () => void (list.includes(listener) && remove(list, listener)());
  });
  const knowsNoTime = listing(
    (list, listener) => {
      list.push(listener);
      return remove(list, listener);
    },
    (event) => ({...event, receivedMs: 0}),
  );
  const forgetsTwins = listing((list, listener) => {
    if (!list.includes(listener)) list.push(listener);
    return remove(list, listener);
  });
  declareFlaws(NETWORK_OBSERVER_CHECKS, {
    "tells what it sees, and when it came": knowsNoTime,
    "calls listeners in the order of subscription, each until it cancels": lastComeFirstServed,
    "takes each subscription for one of its own": forgetsTwins,
  });
});
