import assert from "node:assert/strict";
import {type ChainConfig, chainConfigFromSpec, createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import type {Clock, Random} from "@mote/core";
import {FakeBeaconNode, type FakeClock, fakeRoot} from "@mote/testing";
import {BeaconNode, type BeaconNodeInit} from "../../src/beacon-node.ts";
import {type BeaconFault, BeaconNodeError} from "../../src/beacon-node-error.ts";
import type {CallReport} from "../../src/http/beacon-api.ts";

/** Fulu from genesis, Gloas from epoch 100 on, but for `values`. */
export function networkConfig(values: Readonly<Record<string, string>> = {}): NetworkConfig {
  const forks = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"].map((fork) => [
    `${fork}_FORK_EPOCH`,
    "0",
  ]);
  const config: ChainConfig = chainConfigFromSpec({...Object.fromEntries(forks), GLOAS_FORK_EPOCH: "100", ...values});
  return createNetworkConfig(config, fakeRoot(0x67));
}

export const middleRandom: Random = {next: () => 0.5};

/** The fake nodes and whatever else must be closed after a test. */
export class Closing {
  readonly #closers: (() => unknown)[] = [];

  async fakeNode(): Promise<FakeBeaconNode> {
    const fake = await FakeBeaconNode.start();
    this.add(() => fake.close());
    return fake;
  }

  /** One fake node with a client of it. */
  async pair(
    clock: Clock,
    address: Partial<BeaconNodeInit> = {},
  ): Promise<{fake: FakeBeaconNode; node: BeaconNode; reports: CallReport[]}> {
    const fake = await this.fakeNode();
    const reports: CallReport[] = [];
    const node = new BeaconNode(
      {name: "bn0", url: fake.url, ...address},
      {clock, onCall: (report) => reports.push(report)},
    );
    this.add(() => node.close());
    return {fake, node, reports};
  }

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

export async function rejectsWith(
  promise: Promise<unknown>,
  reason: BeaconFault,
  detail?: RegExp,
): Promise<BeaconNodeError> {
  const error = await promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}, expected ${reason}`),
    (rejection: unknown) => rejection,
  );
  assert.ok(error instanceof BeaconNodeError, String(error));
  assert.equal(error.reason, reason, error.message);
  if (detail !== undefined) assert.match(error.detail, detail);
  return error;
}

/** Turns the event loop until `condition` holds, so that sockets and promises go on. */
export async function eventually(condition: () => boolean, what = "condition"): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`${what} did not come about`);
}

/** Lets time go by in small steps, with room for the sockets after each, until `condition` holds. */
export async function advanceUntil(
  clock: FakeClock,
  condition: () => boolean,
  what: string,
  limitMs = 60_000,
): Promise<void> {
  const STEP_MS = 50;
  for (let ms = 0; ms < limitMs && !condition(); ms += STEP_MS) {
    await clock.advance(STEP_MS);
    for (let turn = 0; turn < 30 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(condition(), `${what} did not come about in ${limitMs} ms`);
}
