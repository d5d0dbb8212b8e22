import {strict as assert} from "node:assert";
import {once} from "node:events";
import {connect} from "node:net";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {rootToHex, type Slot} from "@mote/core";
import {HUGE_BODY_BYTES} from "../../src/api/body-faults.ts";
import {call, EventReader, fault, post, type Served, serve} from "./support.ts";

const dataPath = (slot: number): string => `/eth/v1/validator/attestation_data?slot=${slot}&committee_index=0`;
/** A spec whose slots never come: no fault. */
const NONE = "bn0:down@999";

describe("an endpoint with a fault", () => {
  let served: Served;

  beforeEach(async () => {
    served = await serve({slots: 2});
  });
  afterEach(() => served.endpoint.close());

  it("down: tears connections, refuses new ones, and comes back on its port", async () => {
    const reader = await EventReader.open(served, "topics=head");
    const {url} = served.endpoint;
    await fault(served, "bn0:down");
    await assert.rejects(reader.next());
    await assert.rejects(
      fetch(`${url}/eth/v1/node/version`),
      (error: Error) => (error.cause as NodeJS.ErrnoException).code === "ECONNREFUSED",
    );
    assert.deepEqual(served.endpoint.status().faults, ["down"]);
    await fault(served, NONE);
    assert.equal(served.endpoint.url, url);
    assert.equal((await call(served, "/eth/v1/node/version")).status, 200);
  });

  it("down: tears a connection that is open and silent", async () => {
    const socket = connect(served.endpoint.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const closed = once(socket, "close");
    await fault(served, "bn0:down");
    await closed;
  });

  it("down and up in quick succession ends up", async () => {
    const steps = ["bn0:down", NONE, "bn0:down", NONE].map((text) => fault(served, text));
    await Promise.all(steps);
    assert.equal((await call(served, "/eth/v1/node/version")).status, 200);
  });

  it("delay: answers and events come that much later", async () => {
    const reader = await EventReader.open(served, "topics=head");
    await fault(served, "bn0:delay=800ms");
    let answered = false;
    const answer = call(served, "/eth/v1/node/version").then((result) => {
      answered = true;
      return result;
    });
    served.player.open(3 as Slot);
    let seen = false;
    const event = reader.event().then((result) => {
      seen = true;
      return result;
    });
    await served.clock.advance(799);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([answered, seen], [false, false]);
    // The delay runs from the moment the request is there, which may be later than this line.
    for (let i = 0; !(answered && seen) && i < 500; i++) {
      await served.clock.advance(800);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal((await answer).status, 200);
    assert.equal((await event).data.slot, "3");
    await reader.close();
  });

  it("delay: what waits does not keep the endpoint from closing", async () => {
    await fault(served, "bn0:delay=60s");
    const answer = call(served, "/eth/v1/node/version");
    const refused = assert.rejects(answer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await served.endpoint.close();
    await refused;
    served = await serve();
  });

  it("stuck-head: goes on with its old head and tells of no new one", async () => {
    const before = served.chain.head.root;
    const reader = await EventReader.open(served, "topics=head");
    await fault(served, "bn0:stuck-head");
    served.player.playTo(4);
    const {json: root} = await call(served, "/eth/v1/beacon/blocks/head/root");
    assert.equal(root.data.root, before);
    const {json: syncing} = await call(served, "/eth/v1/node/syncing");
    assert.deepEqual([syncing.data.head_slot, syncing.data.sync_distance], ["2", "2"]);
    const {json: data} = await call(served, dataPath(4));
    assert.equal(data.data.beacon_block_root, before);
    await fault(served, NONE);
    const {json: after} = await call(served, "/eth/v1/beacon/blocks/head/root");
    assert.equal(after.data.root, served.chain.head.root);
    served.player.open(5 as Slot);
    assert.equal((await reader.event()).data.slot, "5");
    await reader.close();
  });

  it("optimistic: says so everywhere and gives no data to sign", async () => {
    const reader = await EventReader.open(served, "topics=head,head_v2,block");
    await fault(served, "bn0:optimistic");
    served.player.open(3 as Slot);
    const {json: syncing} = await call(served, "/eth/v1/node/syncing");
    assert.equal(syncing.data.is_optimistic, true);
    for (const path of [
      "/eth/v1/beacon/headers/head",
      "/eth/v1/beacon/states/head/fork",
      "/eth/v1/validator/duties/proposer/0",
    ]) {
      assert.equal((await call(served, path)).json.execution_optimistic, true, path);
    }
    assert.equal((await call(served, dataPath(3))).status, 503);
    assert.equal((await call(served, "/eth/v1/node/health")).status, 206);
    assert.equal((await call(served, "/eth/v1/node/health?syncing_status=299")).status, 299);
    const events = [await reader.event(), await reader.event(), await reader.event()];
    assert.deepEqual(
      events.map(({topic, data}) => [topic, (data.data ?? data).execution_optimistic]),
      [
        ["block", true],
        ["head", true],
        ["head_v2", true],
      ],
    );
    await reader.close();
  });

  it("no-publish: takes nothing that is signed, and does all else", async () => {
    await fault(served, "bn0:no-publish");
    const refused = [
      "/eth/v2/beacon/pool/attestations",
      "/eth/v1/beacon/pool/sync_committees",
      "/eth/v1/beacon/pool/payload_attestations",
      "/eth/v1/beacon/pool/voluntary_exits",
      "/eth/v2/validator/aggregate_and_proofs",
      "/eth/v1/validator/contribution_and_proofs",
      "/eth/v1/validator/proposer_preferences",
      "/eth/v2/beacon/blocks",
      "/eth/v2/beacon/blinded_blocks?broadcast_validation=gossip",
      "/eth/v1/beacon/execution_payload_envelopes",
    ];
    for (const path of refused) assert.equal((await post(served, path, [])).status, 503, path);
    for (const path of ["/eth/v1/validator/prepare_beacon_proposer", "/eth/v1/validator/duties/attester/0"])
      assert.equal((await post(served, path, [])).status, 200, path);
    for (const path of [dataPath(2), "/eth/v1/beacon/pool/voluntary_exits", "/eth/v2/beacon/blocks/head"])
      assert.equal((await call(served, path)).status, 200, path);
  });

  it("http-500: fails every request and ends its streams", async () => {
    const reader = await EventReader.open(served, "topics=head");
    await fault(served, "bn0:http-500");
    await assert.rejects(reader.next());
    for (const path of ["/eth/v1/node/version", dataPath(2), "/eth/v1/events?topics=head", "/nope"]) {
      const {status, json} = await call(served, path);
      assert.deepEqual([status, json.code], [500, 500], path);
    }
  });

  it("truncate: cuts the body under the length of the whole", async () => {
    const whole = await call(served, "/eth/v1/config/spec");
    await fault(served, "bn0:truncate");
    for (const path of ["/eth/v1/config/spec", dataPath(2), "/nope"]) {
      await assert.rejects(call(served, path), /terminated|other side closed/, path);
    }
    const socket = connect(served.endpoint.port, "127.0.0.1");
    socket.write("GET /eth/v1/config/spec HTTP/1.1\r\nHost: a\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += chunk;
    assert.match(text, new RegExp(`content-length: ${whole.bytes.length}\r\n`, "i"));
    assert.equal(text.slice(text.indexOf("\r\n\r\n") + 4).length, whole.bytes.length >> 1);
  });

  it("slow-body: one byte a second, under the length of the whole", async () => {
    const whole = await call(served, "/eth/v1/node/version");
    await fault(served, "bn0:slow-body");
    const response = await fetch(`${served.endpoint.url}/eth/v1/node/version`);
    assert.equal(response.headers.get("content-length"), String(whole.bytes.length));
    const reader = response.body!.getReader();
    let text = "";
    for (let i = 0; i < 3; i++) {
      const {value} = await reader.read();
      text += Buffer.from(value!).toString();
      assert.equal(text.length, i + 1);
      await served.clock.advance(1000);
    }
    assert.equal(text, Buffer.from(whole.bytes).toString().slice(0, 3));
    await reader.cancel();
  });

  it("huge-body: the true body and then blanks, of whose number nothing was said", async () => {
    await fault(served, "bn0:huge-body");
    const response = await fetch(`${served.endpoint.url}/eth/v1/node/version`);
    assert.equal(response.headers.get("content-length"), null);
    const reader = response.body!.getReader();
    let sizeBytes = 0;
    let text = "";
    for (;;) {
      const {value, done} = await reader.read();
      if (done) break;
      if (text.length < 4096) text += Buffer.from(value.subarray(0, 4096)).toString();
      sizeBytes += value.length;
    }
    assert(sizeBytes > HUGE_BODY_BYTES);
    assert.match(JSON.parse(text).data.version, /devnet/);
  });

  it("huge-body: stops when the client goes away", async () => {
    await fault(served, "bn0:huge-body");
    const response = await fetch(`${served.endpoint.url}/eth/v1/node/version`);
    await response.body!.cancel();
    await fault(served, NONE);
    assert.equal((await call(served, "/eth/v1/node/version")).status, 200);
  });
});

describe("an endpoint whose slot has begun, and whose timers are late", () => {
  it("answers by what is due", async () => {
    const served: Served = await serve({catchUp: () => void fault(served, "bn0:http-500")});
    try {
      assert.equal((await call(served, "/eth/v1/node/version")).status, 500);
    } finally {
      await served.endpoint.close();
    }
  });
});

describe("an endpoint with a wrong source", () => {
  let served: Served;
  const slot = 4 * SLOTS_PER_EPOCH + 1;

  before(async function () {
    this.timeout(60_000);
    served = await serve({slots: slot});
  });
  after(() => served.endpoint.close());

  it("previous: the checkpoint justified before, with its true root", async () => {
    await fault(served, "bn0:wrong-source");
    const {chain} = served;
    const truth = chain.attestationData(slot as Slot)!;
    const {json} = await call(served, dataPath(slot));
    const epoch = truth.source.epoch - 1;
    assert.deepEqual(json.data.source, {
      epoch: String(epoch),
      root: chain.rootAtSlot((epoch * SLOTS_PER_EPOCH) as Slot),
    });
    assert.deepEqual(json.data.target, {epoch: String(truth.target.epoch), root: rootToHex(truth.target.root)});
  });

  it("later: the justified epoch with a later block, when no epoch lies between it and the target", async () => {
    await fault(served, "bn0:wrong-source=later");
    const {chain} = served;
    const truth = chain.attestationData(slot as Slot)!;
    assert.equal(truth.source.epoch + 1, truth.target.epoch);
    const {json} = await call(served, dataPath(slot));
    assert.deepEqual(json.data.source, {epoch: String(truth.source.epoch), root: chain.head.root});
  });

  it("later: the epoch after the justified one, when it lies below the target", async () => {
    const {chain, player} = served;
    // Nobody votes through the rest of this epoch and the next, so that the target runs ahead of the justified checkpoint.
    for (let next = slot + 1; next <= 6 * SLOTS_PER_EPOCH + 1; next++) player.open(next as Slot);
    const truth = chain.attestationData(chain.currentSlot)!;
    assert(truth.source.epoch + 1 < truth.target.epoch);
    const {json} = await call(served, dataPath(chain.currentSlot));
    const epoch = truth.source.epoch + 1;
    assert.deepEqual(json.data.source, {
      epoch: String(epoch),
      root: chain.rootAtSlot((epoch * SLOTS_PER_EPOCH) as Slot),
    });
  });

  it("is true again when the fault is over", async () => {
    await fault(served, NONE);
    const truth = served.chain.attestationData(served.chain.currentSlot)!;
    const {json} = await call(served, dataPath(served.chain.currentSlot));
    assert.equal(json.data.source.root, rootToHex(truth.source.root));
  });
});

describe("an endpoint with a wrong source in the genesis epoch", () => {
  it("previous: has none before the genesis checkpoint and stays true", async () => {
    const served = await serve({slots: 1});
    await fault(served, "bn0:wrong-source");
    assert.equal((await call(served, dataPath(1))).json.data.source.epoch, "0");
    await served.endpoint.close();
  });
});
