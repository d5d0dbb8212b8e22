import assert from "node:assert/strict";
import type {Attestation} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {BeaconNodeError, NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {bestAggregate} from "../../src/strategies/best-aggregate.ts";

const NOW_MS = 1_000_000;
const UNTIL_MS = NOW_MS + 1_000;

/** The rejection when the time is up. */
async function rejection(nodes: Record<string, "fail" | "hang">): Promise<NoBeaconNodeError> {
  const clock = new FakeClock({nowMs: NOW_MS});
  const fault = (beaconNode: string) =>
    new BeaconNodeError({reason: "HTTP_STATUS", beaconNode, route: "r", detail: "d"});
  const askers = Object.entries(nodes).map(([name, does]) => ({
    name,
    ask: () => (does === "hang" ? new Promise<Attestation>(() => {}) : Promise.reject(fault(name))),
  }));
  const asking = bestAggregate({untilMs: UNTIL_MS, signal: new AbortController().signal}, {clock, askers});
  const rejected = asking.then(
    () => assert.fail("it resolved"),
    (error: unknown) => error,
  );
  await clock.advance(UNTIL_MS - NOW_MS);
  const error = await rejected;
  assert.ok(error instanceof NoBeaconNodeError, String(error));
  return error;
}

describe("best aggregate: when there is none in time, the rejection says", () => {
  it("which nodes did not answer", async () => {
    const {message} = await rejection({bn0: "hang", bn1: "hang"});
    assert.equal(message, "aggregate: no answer in time from bn0, bn1");
  });

  it("what the others answered, beside it", async () => {
    const {message, errors} = await rejection({bn0: "fail", bn1: "hang"});
    assert.equal(message, "aggregate: bn0: r: HTTP_STATUS: d; no answer in time from bn1");
    assert.deepEqual(
      errors.map(({beaconNode}) => beaconNode),
      ["bn0"],
    );
  });

  it("that no node is ready, when none was there to be asked", async () => {
    assert.equal((await rejection({})).message, "aggregate: no beacon node is ready");
  });
});
