import assert from "node:assert/strict";
import type {ChainEvent} from "@mote/core";
import {type FakeBeaconNode, FakeClock, fakeRoot} from "@mote/testing";
import {EventStream} from "../../src/event-stream/event-stream.ts";
import {HttpClient} from "../../src/http/http-client.ts";
import {EVENT_BYTES_PER_MINUTE_MAX, EVENT_LINE_SIZE_BYTES_MAX, EVENTS_PER_MINUTE_MAX} from "../../src/limits.ts";
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

  it("tells of payloads that are available, and of slashings", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    const attestation = (...indices: number[]) => ({attesting_indices: indices.map(String)});
    const header = (index: number) => ({message: {proposer_index: String(index)}});
    fake.emit("execution_payload_available", {slot: "810", block_root: fakeRoot(0xaa)});
    fake.emit("attester_slashing", {attestation_1: attestation(1, 5, 9), attestation_2: attestation(5, 7, 9)});
    fake.emit("proposer_slashing", {signed_header_1: header(4), signed_header_2: header(4)});
    await eventually(() => events.length === 4, "events");
    const beaconNode = "bn0";
    assert.deepEqual(events.slice(1), [
      {kind: "payload_available", beaconNode, slot: 810, blockRoot: fakeRoot(0xaa), receivedMs: 1_000_000},
      {kind: "slashing", beaconNode, validatorIndices: [5, 9]},
      {kind: "slashing", beaconNode, validatorIndices: [4]},
    ]);
  });

  it("a slashing of thousands of validators is read whole", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    const indices = Array.from({length: 30_000}, (_, index) => String(1_000_000 + index));
    const attestation = {attesting_indices: indices};
    fake.emit("attester_slashing", {attestation_1: attestation, attestation_2: attestation});
    await eventually(() => events.length === 2, "event");
    const [, event] = events;
    assert.ok(event?.kind === "slashing" && event.validatorIndices.length === 30_000);
  });

  it("slashings that slash nobody, or two, are malformed", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    const header = (index: number) => ({message: {proposer_index: String(index)}});
    const [one, two] = [{attesting_indices: ["1"]}, {attesting_indices: ["2"]}];
    const many = {attesting_indices: Array.from({length: 131_073}, () => "1")};
    fake.emit("attester_slashing", {attestation_1: one, attestation_2: two});
    fake.emit("attester_slashing", {attestation_1: one, attestation_2: many});
    fake.emit("attester_slashing", {attestation_1: one});
    fake.emit("proposer_slashing", {signed_header_1: header(4), signed_header_2: header(5)});
    fake.emit("execution_payload_available", {slot: "810"});
    await eventually(() => faults.length === 5, "faults");
    assert.deepEqual(new Set(faults), new Set(["MALFORMED"]));
    assert.equal(events.length, 1);
  });

  it("a flood of bytes within a minute is cut off", async () => {
    await open();
    await eventually(() => connections() === 1, "connection");
    const comment = `:${"x".repeat(1024 * 1024)}\n`;
    for (let sent = 0; sent <= EVENT_BYTES_PER_MINUTE_MAX && faults.length === 0; sent += comment.length) {
      fake.emitRaw(comment);
    }
    await eventually(() => faults.length > 0, "fault");
    assert.deepEqual(faults, ["TOO_LARGE"]);
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
    const slashings = "attester_slashing,proposer_slashing";
    const all = `head_v2,head,chain_reorg,finalized_checkpoint,${slashings},execution_payload_available`;
    const stream = await open();
    await eventually(() => connections() === 1, "connection");
    const topics = () => fake.requests.map(({query}) => query.get("topics"));
    assert.deepEqual(topics(), [
      all,
      `head,chain_reorg,finalized_checkpoint,${slashings},execution_payload_available`,
      `head,chain_reorg,finalized_checkpoint,${slashings}`,
      "head,chain_reorg,finalized_checkpoint",
    ]);
    fake.endStreams();
    await eventually(() => faults.length === 1, "end");
    await clock.advance(100);
    await eventually(() => connections() === 2, "second connection");
    assert.equal(topics()[4], "head,chain_reorg,finalized_checkpoint");
    fake.knownTopics = null;
    stream.forgetRefusals();
    await eventually(() => connections() === 3, "third connection");
    assert.equal(topics()[5], all);
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

  it("a stream that breaks at once is opened after growing pauses too, whatever it sent", async () => {
    await open();
    for (const [round, pauseMs] of [75, 150, 300, 600, 750, 750].entries()) {
      await eventually(() => connections() === round + 1, `connection ${round}`);
      fake.emit("head", head(10 + round, 0xa0 + round));
      await eventually(() => heads().length === round + 1, `head ${round}`);
      fake.endStreams();
      await eventually(() => faults.length === round + 1, `fault ${round}`);
      await clock.advance(pauseMs - 1);
      assert.equal(fake.count(EVENTS), round + 1);
      await clock.advance(1);
    }
    await eventually(() => connections() === 7, "last connection");
    await clock.advance(1_000);
    fake.emit("head", head(30, 0xb0));
    await eventually(() => heads().length === 7, "last head");
    fake.endStreams();
    await eventually(() => faults.length === 7, "last fault");
    await clock.advance(75);
    await eventually(() => connections() === 8, "connection at once");
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
