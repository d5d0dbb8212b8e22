import assert from "node:assert/strict";
import type {NetworkEvent, NetworkObserver, ValidatorIndex} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

export interface NetworkObserverUnderTest extends UnderTest {
  readonly observer: NetworkObserver;
  /** The network shows a slashing of this validator. Resolves when it was told to a listener that subscribed before all others. */
  readonly showSlashing: (validatorIndex: ValidatorIndex) => Promise<void>;
}

const indicesIn = (event: NetworkEvent): readonly number[] => (event.kind === "slashing" ? event.validatorIndices : []);
const at = (index: number): ValidatorIndex => index as ValidatorIndex;

export const NETWORK_OBSERVER_CHECKS: readonly ContractCheck<NetworkObserverUnderTest>[] = [
  {
    name: "tells what it sees, and when it came",
    run: async ({observer, showSlashing}) => {
      const told: NetworkEvent[] = [];
      observer.subscribe((event) => told.push(event));
      await showSlashing(at(5));
      assert.deepEqual(told.map(indicesIn), [[5]]);
      assert.ok(told.every(({receivedMs}) => receivedMs > 0));
    },
  },
  {
    name: "calls listeners in the order of subscription, each until it cancels",
    run: async ({observer, showSlashing}) => {
      const told: string[] = [];
      const cancels = ["first", "second"].map((name) =>
        observer.subscribe((event) => void told.push(`${name} ${indicesIn(event)}`)),
      );
      await showSlashing(at(5));
      for (let times = 0; times < 2; times++) cancels[0]?.();
      await showSlashing(at(6));
      assert.deepEqual(told, ["first 5", "second 5", "second 6"]);
    },
  },
  {
    name: "takes each subscription for one of its own",
    run: async ({observer, showSlashing}) => {
      let calls = 0;
      const listener = () => void calls++;
      const [cancel] = [observer.subscribe(listener), observer.subscribe(listener)];
      await showSlashing(at(5));
      assert.equal(calls, 2);
      cancel?.();
      await showSlashing(at(6));
      assert.equal(calls, 3);
    },
  },
];

/** What every adapter of the port `NetworkObserver` has to do. */
export const networkObserverContract = contractOf(NETWORK_OBSERVER_CHECKS);
