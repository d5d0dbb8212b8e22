import assert from "node:assert/strict";
import {FakeClock, fakeRoot} from "@mote/testing";
import {connectBeaconNodes} from "../src/chain-identity.ts";
import type {StateChange} from "../src/health.ts";
import {advanceUntil, Closing, eventually, middleRandom} from "./support/setup.ts";

describe("first contact with beacon nodes", () => {
  const closing = new Closing();
  let clock: FakeClock;
  let changes: StateChange[];

  beforeEach(() => {
    clock = new FakeClock({nowMs: 1_000_000});
    changes = [];
  });
  afterEach(() => closing.close());

  const connect = (addresses: {name: string; url: string}[], signal = new AbortController().signal) =>
    connectBeaconNodes(
      {nodes: addresses, signal},
      {clock, random: middleRandom, onStateChange: (change) => changes.push(change)},
    );

  it("reads what each node says of its chain", async () => {
    const fake = await closing.fakeNode();
    const [identity] = await connect([{name: "bn0", url: fake.url}]);
    assert.equal(identity?.beaconNode, "bn0");
    assert.equal(identity?.version, "Fake/v1");
    assert.equal(identity?.genesis.genesisTimeSec, 1_000);
    assert.equal(identity?.depositContract.chainId, 1337);
    assert.deepEqual(changes, [], "nobody asked it whether it is synced");
  });

  it("keeps trying until one answers; waits for the others a little", async () => {
    const [up, hung] = [await closing.fakeNode(), await closing.fakeNode()];
    up.chain.genesis = null;
    hung.faults.set("*", {kind: "hang"});
    const connecting = connect([
      {name: "bn0", url: up.url},
      {name: "bn1", url: hung.url},
    ]);
    await eventually(() => changes.length === 1, "first answer");
    assert.equal(changes[0]?.to, "syncing");
    up.chain.genesis = {genesisTimeSec: 7, genesisValidatorsRoot: fakeRoot(1), genesisForkVersion: "0x00000001"};
    let isDone = false;
    void connecting.then(() => {
      isDone = true;
    });
    await advanceUntil(clock, () => isDone, "first contact");
    const identities = await connecting;
    assert.ok(changes.every(({to}) => to !== "ready"));
    assert.deepEqual(
      identities.map(({beaconNode}) => beaconNode),
      ["bn0"],
    );
  });

  it("ends with nothing when stopped", async () => {
    const fake = await closing.fakeNode();
    fake.faults.set("*", {kind: "hang"});
    const stop = new AbortController();
    const connecting = connect([{name: "bn0", url: fake.url}], stop.signal);
    await fake.asked("GET /eth/v1/node/version");
    stop.abort();
    assert.deepEqual(await connecting, []);
  });
});
