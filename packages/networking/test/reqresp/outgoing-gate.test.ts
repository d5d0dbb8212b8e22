import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {OutgoingGate} from "../../src/reqresp/outgoing-gate.ts";
import {RequestError} from "../../src/reqresp/request-error.ts";
import {AMPLE_QUOTAS} from "./support/parties.ts";

const QUOTAS = {...AMPLE_QUOTAS, ping: {tokens: 2, perMs: 10_000}};
const isBusy = (error: unknown): boolean => error instanceof RequestError && error.kind === "busy";

describe("the gate before requests of ours", () => {
  let clock: FakeClock;
  let gate: OutgoingGate;
  let entered: string[];
  const enter = (label: string, peer = "peer") =>
    gate.enter(peer, "metadata", 1).then((leave) => {
      entered.push(label);
      return leave;
    });

  beforeEach(() => {
    clock = new FakeClock({nowMs: 0});
    gate = new OutgoingGate({quotas: QUOTAS}, {clock});
    entered = [];
  });

  it("lets two of a kind through to a peer at a time, in order", async () => {
    const [first] = await Promise.all([enter("1"), enter("2")]);
    void enter("3").then((leave) => leave());
    const fourth = enter("4");
    await clock.advance(0);
    assert.deepEqual(entered, ["1", "2"]);
    first();
    await fourth;
    assert.deepEqual(entered, ["1", "2", "3", "4"]);
  });

  it("keeps no peer and no kind waiting for another", async () => {
    await Promise.all([enter("1"), enter("2"), enter("3", "another"), gate.enter("peer", "status", 1)]);
    assert.deepEqual(entered, ["1", "2", "3"]);
  });

  it("lets as many through in a time as peers grant", async () => {
    const pings: number[] = [];
    for (let i = 0; i < 4; i++) {
      void gate.enter("peer", "ping", 1).then((leave) => {
        pings.push(clock.nowMs());
        leave();
      });
    }
    await clock.advance(60_000);
    assert.deepEqual(pings, [0, 0, 5000, 10_000]);
  });

  it("says at once that a turn would come too late, and that one is not owed", async () => {
    for (let i = 0; i < 4; i++) void gate.enter("peer", "ping", 1);
    await assert.rejects(gate.enter("peer", "ping", 1), isBusy);
    await assert.rejects(gate.enter("peer", "ping", 1), isBusy);
    await clock.advance(5000);
    await Promise.race([gate.enter("peer", "ping", 1).catch(() => assert.fail("it is its turn")), clock.advance(0)]);
  });

  it("has a bound for those who wait", async () => {
    const leaves = await Promise.all([enter("1"), enter("2")]);
    for (let i = 0; i < 16; i++) void enter(`${i + 3}`).then((leave) => leave());
    await clock.advance(0);
    await assert.rejects(enter("too many"), isBusy);
    for (const leave of leaves) leave();
    await clock.advance(0);
    assert.equal(entered.length, 18);
  });
});
