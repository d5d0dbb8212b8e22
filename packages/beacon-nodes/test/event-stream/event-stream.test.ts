import assert from "node:assert/strict";
import type {ChainEvent} from "@mote/core";
import {type FakeBeaconNode, FakeClock, fakeRoot} from "@mote/testing";
import {EventStream} from "../../src/event-stream/event-stream.ts";
import {HttpClient} from "../../src/http/http-client.ts";
import {EVENT_LINE_SIZE_BYTES_MAX, EVENTS_PER_MINUTE_MAX} from "../../src/limits.ts";
import {Closing, eventually, middleRandom} from "../support/setup.ts";

const EVENTS = "GET /eth/v1/events";
const IDLE_MS = 50_000;

export const head = (slot: number, block: number) => ({
  slot: String(slot),
  block: fakeRoot(block),
  state: fakeRoot(1),
  epoch_transition: false,
  previous_duty_dependent_root: fakeRoot(2),
  current_duty_dependent_root: fakeRoot(3),
  execution_optimistic: false,
});
const headV2 = (slot: number, block: number, payload_status: string) => ({
  version: "gloas",
  data: {
    slot: String(slot),
    block: fakeRoot(block),
    state: fakeRoot(1),
    payload_status,
    epoch_transition: false,
    current_epoch_dependent_root: fakeRoot(2),
    next_epoch_dependent_root: fakeRoot(3),
    execution_optimistic: false,
  },
});

describe("event stream", () => {
  const closing = new Closing();
  let fake: FakeBeaconNode;
  let clock: FakeClock;
  let events: ChainEvent[];
  let faults: string[];

  beforeEach(async () => {
    clock = new FakeClock({nowMs: 1_000_000});
    fake = await closing.fakeNode();
    events = [];
    faults = [];
  });
  afterEach(() => closing.close());

  async function open(): Promise<EventStream> {
    const http = new HttpClient({name: "bn0", url: fake.url}, {clock});
    const stream = new EventStream(
      {beaconNode: "bn0", idleTimeoutMs: IDLE_MS, pauseMinMs: 100, pauseMaxMs: 1_000},
      {http, clock, random: middleRandom, onEvent: (e) => events.push(e), onFault: (reason) => faults.push(reason)},
    );
    closing.add(() => stream.stop());
    stream.start();
    return stream;
  }
  const connections = () => events.filter(({kind}) => kind === "connected").length;
  const heads = () => events.flatMap((event) => (event.kind === "head" ? [event.blockRoot] : []));

  it("tells of heads, reorgs and finality, and of its own standing", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    fake.emit("head", head(10, 0xaa));
    fake.emit("chain_reorg", {slot: "10", depth: "2", epoch: "1"});
    fake.emit("finalized_checkpoint", {block: fakeRoot(5), state: fakeRoot(6), epoch: "2"});
    fake.emit("weather", {sunny: true});
    await eventually(() => events.length === 4, "events");
    assert.deepEqual(events, [
      {kind: "connected", beaconNode: "bn0"},
      {
        kind: "head",
        beaconNode: "bn0",
        slot: 10,
        blockRoot: fakeRoot(0xaa),
        currentEpochDependentRoot: fakeRoot(2),
        nextEpochDependentRoot: fakeRoot(3),
        receivedMs: 1_000_000,
      },
      {kind: "chain_reorg", beaconNode: "bn0", slot: 10, depth: 2},
      {kind: "finalized_checkpoint", beaconNode: "bn0", epoch: 2, root: fakeRoot(5)},
    ]);
  });

  it("tells of a head once, whatever topics say it and however often", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    fake.emit("head", head(10, 0xaa));
    fake.emit("head_v2", headV2(10, 0xaa, "empty"));
    fake.emit("head_v2", headV2(10, 0xaa, "full"));
    fake.emit("head_v2", headV2(11, 0xbb, "empty"));
    // The older topic lags behind.
    fake.emit("head", head(10, 0xaa));
    fake.emit("head", head(11, 0xbb));
    fake.emit("head_v2", headV2(11, 0xbb, "full"));
    // A reorg brings the first back: that is news.
    fake.emit("head_v2", headV2(10, 0xaa, "full"));
    fake.emit("finalized_checkpoint", {block: fakeRoot(5), state: fakeRoot(6), epoch: "2"});
    await eventually(() => events.at(-1)?.kind === "finalized_checkpoint", "events");
    assert.deepEqual(heads(), [fakeRoot(0xaa), fakeRoot(0xbb), fakeRoot(0xaa)]);
  });

  it("drops topics that the node does not know, remembers, and asks again when told to", async () => {
    fake.knownTopics = new Set(["head", "chain_reorg", "finalized_checkpoint"]);
    const stream = await open();
    await eventually(() => connections() === 1, "connection");
    const topics = () => fake.requests.map(({query}) => query.get("topics"));
    assert.deepEqual(topics(), [
      "head_v2,head,chain_reorg,finalized_checkpoint",
      "head,chain_reorg,finalized_checkpoint",
    ]);
    fake.endStreams();
    await eventually(() => faults.length === 1, "end");
    await clock.advance(100);
    await eventually(() => connections() === 2, "second connection");
    assert.equal(topics()[2], "head,chain_reorg,finalized_checkpoint");
    fake.knownTopics = null;
    stream.forgetRefusals();
    await eventually(() => connections() === 3, "third connection");
    assert.equal(topics()[3], "head_v2,head,chain_reorg,finalized_checkpoint");
    assert.equal(faults.length, 1);
  });

  it("comes back after growing pauses", async () => {
    fake.faults.set(EVENTS, {kind: "status", status: 500});
    await open();
    for (const [attempt, pauseMs] of [75, 150, 300, 600, 750, 750].entries()) {
      await eventually(() => faults.length === attempt + 1, `fault ${attempt}`);
      await clock.advance(pauseMs - 1);
      assert.equal(fake.count(EVENTS), attempt + 1);
      await clock.advance(1);
      await fake.asked(EVENTS, attempt + 2);
    }
    await eventually(() => faults.length === 7, "last fault");
    fake.faults.clear();
    await clock.advance(750);
    await eventually(() => connections() === 1, "connection");
  });

  it("takes a silent stream for dead; comments are life", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    await clock.advance(IDLE_MS - 1);
    fake.emitRaw(": still here\n\n");
    fake.emit("head", head(10, 0xaa));
    await eventually(() => heads().length === 1, "head");
    await clock.advance(IDLE_MS - 1);
    assert.deepEqual(faults, []);
    await clock.advance(1);
    await eventually(() => faults.length === 1, "fault");
    assert.deepEqual(faults, ["TIMED_OUT"]);
  });

  it("breaks off a line without end and a flood, and comes back", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    fake.emitRaw("x".repeat(EVENT_LINE_SIZE_BYTES_MAX + 1));
    await eventually(() => faults.length === 1, "fault");
    await clock.advance(100);
    await eventually(() => connections() === 2, "second connection");
    fake.emitRaw("event: head\ndata: 0\n\n".replace("head", "any").repeat(EVENTS_PER_MINUTE_MAX + 1));
    await eventually(() => faults.length === 2, "second fault");
    assert.deepEqual(faults, ["TOO_LARGE", "TOO_LARGE"]);
  });

  it("passes over a malformed event and reads on", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    fake.emitRaw("event: head\ndata: {\n\n");
    fake.emit("head", {...head(10, 0xaa), slot: "18446744073709551615"});
    fake.emit("head", head(10, 0xaa));
    await eventually(() => heads().length === 1, "head");
    assert.deepEqual(faults, ["MALFORMED", "MALFORMED"]);
    assert.equal(connections(), 1);
  });

  it("refuses another content type", async () => {
    fake.faults.set(EVENTS, {kind: "text", text: "{}"});
    await open();
    await eventually(() => faults.length === 1, "fault");
    assert.deepEqual(faults, ["MALFORMED"]);
  });

  it("ends when stopped", async () => {
    const stream = await open();
    await eventually(() => fake.streamCount === 1, "stream");
    await stream.stop();
    await fake.until(() => fake.streamCount === 0);
    await clock.advance(10_000);
    assert.equal(fake.count(EVENTS), 1);
  });
});
