import {strict as assert} from "node:assert";
import {once} from "node:events";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {ArrayOf, ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {PortInUseError} from "../src/api/endpoint.ts";
import {Devnet, type DevnetEvent} from "../src/devnet.ts";
import type {DevnetOptions} from "../src/devnet-options.ts";
import {GENESIS_TIME_SEC, SlotPlayer} from "./chain/support.ts";

const OPTIONS: DevnetOptions = {
  validators: 64,
  secondsPerSlot: 1,
  fork: "fulu",
  epochs: 1,
  beaconNodes: 2,
  faults: [],
  dialects: [],
  apiPort: 0,
  genesisTimeSec: GENESIS_TIME_SEC,
};

interface Run {
  readonly devnet: Devnet;
  readonly clock: FakeClock;
  readonly player: SlotPlayer;
  readonly lines: string[];
  readonly events: DevnetEvent[];
}

/** What is still open, however its test ended. */
const running: Devnet[] = [];

/** Two seconds before genesis. */
async function create(options: Partial<DevnetOptions> = {}): Promise<Run> {
  const clock = new FakeClock({nowMs: (GENESIS_TIME_SEC - 2) * 1000});
  const lines: string[] = [];
  const events: DevnetEvent[] = [];
  const devnet = await Devnet.create({...OPTIONS, ...options}, {clock, log: (line) => lines.push(line)});
  running.push(devnet);
  devnet.subscribe((event) => events.push(event));
  return {devnet, clock, player: new SlotPlayer(devnet.chain), lines, events};
}

/** Votes of every validator whose turn it is, sent over HTTP to one endpoint in each slot. */
async function vote({devnet, player}: Run, url: string): Promise<void> {
  const votes = player.voters.singles(devnet.chain.currentSlot);
  const response = await fetch(`${url}/eth/v2/beacon/pool/attestations`, {
    method: "POST",
    headers: {"content-type": "application/json", "eth-consensus-version": "fulu"},
    body: JSON.stringify(ArrayOf(ssz.electra.SingleAttestation).toJson(votes)),
  });
  assert.equal(response.status, 200, await response.text());
}

/** From before genesis to the end of `last`, with a block in each slot but those of `skip`. */
async function play({devnet, clock, player}: Run, last: number, skip: readonly number[] = []): Promise<void> {
  devnet.start();
  await clock.advance(2000);
  for (let slot = 0; slot <= last; slot++) {
    if (slot > 0 && !skip.includes(slot)) player.propose(slot as Slot);
    await clock.advance(1000);
  }
}

describe("Devnet", () => {
  afterEach(() => Promise.all(running.splice(0).map((devnet) => devnet.stop())));

  it("answers before genesis, runs its epochs, and comes to a summary", async () => {
    const run = await create({epochs: 2});
    const {devnet, clock, events} = run;
    assert.equal((await fetch(`${devnet.urls[1]}/eth/v1/beacon/genesis`)).status, 200);
    assert.equal(devnet.snapshot().slot, -1);
    const stream = await fetch(`${devnet.urls[0]}/eth/v1/events?topics=head`);
    devnet.start();
    await clock.advance(2000);
    for (let slot = 0; slot < 16; slot++) {
      assert.equal(devnet.chain.currentSlot, slot);
      if (slot > 0) run.player.propose(slot as Slot);
      await clock.advance(7);
      await vote(run, devnet.urls[0]!);
      await clock.advance(993);
    }
    assert.deepEqual(await devnet.finished, {kind: "completed", problems: []});
    const {attestations, ...rest} = devnet.summary();
    assert.deepEqual(rest, {
      slots: 16,
      finalizedEpoch: 0,
      justifiedEpoch: 0,
      // Seven milliseconds after each head by the clock of the test.
      headToPublishMs: {p50: 7, p99: 7},
      slashableMessages: 0,
      // Of the last slot it is not known yet: no slot came after it.
      proposals: {expected: 14, included: 14, missed: 0},
      syncCommittee: {participation: 0},
      payloadAttestations: {expected: 0, included: 0, missed: 0},
      aggregates: {published: 0, rejected: 0},
      syncContributions: {published: 0, rejected: 0},
    });
    assert.deepEqual(devnet.snapshot().proposals, rest.proposals);
    assert.deepEqual([attestations.expected, attestations.missed], [0, 0]);
    // No aggregates were sent, so every packed vote was a single one.
    assert.equal(devnet.singleVoteShare, 1);
    assert.deepEqual(
      events.flatMap((event) => (event.kind === "slot_ended" ? [event.slot] : [])),
      Array.from({length: 16}, (_, i) => i),
    );
    const last = events.findLast((event) => event.kind === "slot_ended");
    assert(last?.kind === "slot_ended");
    assert.deepEqual(
      [last.snapshot.votes?.published, last.snapshot.headSlot, last.snapshot.headToPublishMs],
      [8, 15, 7],
    );
    assert.equal(devnet.chain.currentSlot, 15);
    await stream.body?.cancel();
  });

  it("puts faults on and off with their slots, and says so", async () => {
    const run = await create({faults: ["bn1:down@2-3", "bn0:delay=5ms", "skip@4"]});
    const {devnet, lines, events} = run;
    assert.deepEqual(
      devnet.snapshot().endpoints.map(({faults}) => faults),
      [["delay=5ms"], []],
    );
    const port = new URL(devnet.urls[1]!).port;
    const states: string[][] = [];
    devnet.subscribe((event) => {
      if (event.kind === "slot_ended") states.push([...(event.snapshot.endpoints[1]?.faults ?? [])]);
    });
    await play(run, 5, [4]);
    assert.deepEqual(states.slice(0, 5), [[], [], ["down"], ["down"], []]);
    assert.deepEqual(lines, ["slot -1: bn0 is delay=5ms", "slot 2: bn1 is down", "slot 4: bn1 is well again"]);
    assert.equal(new URL(devnet.urls[1]!).port, port);
    const heads = events.flatMap((event) => (event.kind === "slot_ended" ? [event.snapshot.headSlot] : []));
    assert.deepEqual(heads, [0, 1, 2, 3, 3, 5]);
  });

  it("is content with a reorg that came", async () => {
    const run = await create({faults: ["reorg@3"]});
    const {devnet} = run;
    await play(run, 7);
    assert.deepEqual(await devnet.finished, {kind: "completed", problems: []});
  });

  it("complains of a reorg that was asked for and did not come", async () => {
    const run = await create({faults: ["reorg@3", "skip@4"]});
    const {devnet} = run;
    await play(run, 7, [4]);
    const outcome = await devnet.finished;
    assert.deepEqual(outcome, {kind: "completed", problems: ["reorg@3 was asked for, but no chain_reorg was sent"]});
  });

  it("hands the builder and withheld payloads on to the chain", async () => {
    const run = await create({fork: "gloas", builder: "bids", faults: ["withhold-payload@2"]});
    await play(run, 3);
    const statuses = [1, 2, 3].map((slot) => run.devnet.chain.blockAtSlot(slot as Slot)?.payloadStatus);
    assert.deepEqual(statuses, ["full", "empty", "full"]);
    // The builder's deposit is in a payload of its first slots.
    const requests = run.devnet.chain.blockAtSlot(1 as Slot)?.envelope?.message.executionRequests;
    assert.equal(requests?.builderDeposits.length, 1);
  });

  it("is a network of peers where that is asked for, with a hostile one where a fault wants it", async function () {
    this.timeout(20_000);
    const plain = await create();
    assert.deepEqual([plain.devnet.peers(), plain.devnet.votePaths()], [[], null]);
    const {devnet} = await create({p2p: true, faults: ["p2p:fork@99"]});
    assert.equal(devnet.peers().length, 3);
    assert.deepEqual(devnet.votePaths(), {both: 0, apiOnly: 0, gossipOnly: 0});
    const [port] = /(?<=tcp\/)\d+/.exec(devnet.peers()[0]!)!;
    const isTaken = (error: unknown) => error instanceof PortInUseError && error.port === Number(port);
    await assert.rejects(create({p2p: true, p2pPort: Number(port)}), isTaken);
  });

  it("names the port that is in use, and leaves no endpoint behind", async () => {
    const other = createServer();
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const {port} = other.address() as AddressInfo;
    const isTaken = (error: unknown) =>
      error instanceof PortInUseError && error.port === port && error.message.includes(String(port));
    await assert.rejects(create({apiPort: port, beaconNodes: 1}), isTaken);
    await assert.rejects(create({apiPort: port - 1}), (error: unknown) => error instanceof PortInUseError);
    await assert.rejects(fetch(`http://127.0.0.1:${port - 1}/eth/v1/node/version`));
    other.close();
  });
});
