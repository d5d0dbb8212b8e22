import {strict as assert} from "node:assert";
import {once} from "node:events";
import {createServer} from "node:http";
import {type AddressInfo, connect} from "node:net";
import type {Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {EventStreams} from "../../src/api/event-streams.ts";
import {LightClientServer} from "../../src/light-client/light-client-server.ts";
import {call, EventReader, type Served, serve} from "./support.ts";

describe("the event stream", () => {
  let served: Served;

  beforeEach(async () => {
    served = await serve({slots: 2});
  });
  afterEach(() => served.endpoint.close());

  it("sends its headers at once, before any event", async () => {
    const reader = await EventReader.open(served, "topics=head");
    assert.equal(reader.response.status, 200);
    assert.equal(reader.response.headers.get("content-type"), "text/event-stream");
    await reader.close();
  });

  it("tells light clients what is announced to them, and them alone", async () => {
    const reader = await EventReader.open(served, "topics=light_client_optimistic_update");
    const server = new LightClientServer({chain: served.chain});
    served.endpoint.announce(server.announcements());
    served.player.playTo(3);
    served.endpoint.announce(server.announcements());
    for (const slot of ["1", "2"]) {
      const {topic, data} = await reader.event();
      assert.equal(topic, "light_client_optimistic_update");
      assert.deepEqual([data.version, data.data.attested_header.beacon.slot], ["fulu", slot]);
    }
    await reader.close();
  });

  for (const query of ["topics=head,block,head_v2", "topics=head&topics=block&topics=head_v2"]) {
    it(`tells of a new head, asked for with ${query}`, async () => {
      const reader = await EventReader.open(served, query);
      served.player.open(3 as Slot);
      const {root} = served.chain.head;
      const state = served.chain.block(root)!.stateRoot;
      const events = [await reader.event(), await reader.event(), await reader.event()];
      const genesis = served.chain.genesis.blockRoot;
      assert.deepEqual(events, [
        {topic: "block", data: {slot: "3", block: root, execution_optimistic: false}},
        {
          topic: "head",
          data: {
            slot: "3",
            block: root,
            state,
            epoch_transition: false,
            previous_duty_dependent_root: genesis,
            current_duty_dependent_root: genesis,
            execution_optimistic: false,
          },
        },
        {
          topic: "head_v2",
          data: {
            version: "fulu",
            data: {
              slot: "3",
              block: root,
              state,
              payload_status: "full",
              epoch_transition: false,
              current_epoch_dependent_root: genesis,
              next_epoch_dependent_root: genesis,
              execution_optimistic: false,
            },
          },
        },
      ]);
      await reader.close();
    });
  }

  it("tells of finality and of nothing that was not asked for", async function () {
    this.timeout(60_000);
    const reader = await EventReader.open(served, "topics=finalized_checkpoint");
    served.player.playTo(32);
    const {topic, data} = await reader.event();
    assert.equal(topic, "finalized_checkpoint");
    assert.deepEqual([data.epoch, data.execution_optimistic], ["2", false]);
    await reader.close();
  });

  it("tells of a reorg", async () => {
    await served.endpoint.close();
    served = await serve({slots: 2, init: {reorg: [{from: 3, to: 3}]}});
    const reader = await EventReader.open(served, "topics=chain_reorg");
    const {chain, player} = served;
    player.open(3 as Slot);
    // Held back until the votes are in.
    assert.equal(chain.head.slot, 2);
    player.vote(3 as Slot);
    chain.onVotesDue(3 as Slot);
    chain.showHeldBlock();
    const late = chain.head.root;
    player.open(4 as Slot);
    const {data} = await reader.event();
    assert.deepEqual([data.slot, data.depth, data.old_head_block, data.epoch], ["4", "1", late, "0"]);
    await reader.close();
  });

  it("refuses the whole subscription for one unknown topic, and one without topics", async () => {
    for (const query of ["?topics=head,weather_forecast", "?topics=head&topics=weather_forecast"]) {
      const {status, json} = await call(served, `/eth/v1/events${query}`);
      assert.deepEqual([status, json.message], [400, "Invalid topic: weather_forecast"]);
    }
    assert.equal((await call(served, "/eth/v1/events")).status, 400);
    assert.equal((await call(served, "/eth/v1/events?topics=")).status, 400);
  });

  it("writes comments while nothing happens", async () => {
    const reader = await EventReader.open(served, "topics=head");
    await served.clock.advance(10_000);
    assert.equal(await reader.next(), ":");
    await served.clock.advance(10_000);
    assert.equal(await reader.next(), ":");
    await reader.close();
  });

  it("forgets a client that goes away", async () => {
    const reader = await EventReader.open(served, "topics=head");
    assert.equal(served.endpoint.status().streams, 1);
    await reader.close();
    for (let i = 0; served.endpoint.status().streams > 0 && i < 500; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(served.endpoint.status().streams, 0);
  });
});

describe("EventStreams", () => {
  it("drops a client that does not read, and no other", async () => {
    const clock = new FakeClock({nowMs: 0});
    const streams = new EventStreams({heartbeatMs: 1000, bufferBytesMax: 1 << 18}, {clock});
    const server = createServer((_, response) => streams.open(response, new Set(["head"])));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const {port} = server.address() as AddressInfo;
    const clients = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    for (const client of clients) {
      client.on("error", () => {});
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await once(client, "readable");
    }
    const [reading, silent] = clients;
    reading!.resume();
    silent!.pause();
    // The kernel holds some megabytes for a reader; 64 of them are beyond any default.
    for (let i = 0; streams.dropped === 0 && i < 1024; i++) {
      streams.publish("head", "x".repeat(1 << 16));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.deepEqual([streams.dropped, streams.size], [1, 1]);
    assert.equal(streams.publish("head", 1), true);
    assert.equal(streams.publish("block", 1), false);
    streams.closeAll();
    for (const client of clients) client.destroy();
    server.close();
  });
});
