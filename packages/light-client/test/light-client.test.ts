import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {copyOf, flip, MadeChain, SLOTS_PER_PERIOD} from "./support/made-chain.ts";
import {MadeWorld, type MadeWorldInit} from "./support/made-light-client.ts";

const TRUSTED = 4 * SLOTS_PER_EPOCH;
const NOW = 7 * SLOTS_PER_EPOCH + 3;

describe("LightClient", () => {
  let world: MadeWorld;

  function open(init: MadeWorldInit): MadeWorld {
    world = new MadeWorld(init);
    return world;
  }

  afterEach(() => world.close());

  it("begins at the trusted block and catches up to what is finalized", async () => {
    const {updates, ...made} = open({slot: NOW});
    const client = world.client({trustedSlot: TRUSTED});
    assert.equal(client.finalized(), null);
    client.start();
    await world.settle();
    assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
    assert.equal(client.finalized()?.root, made.chain.root(5 * SLOTS_PER_EPOCH));
    assert.equal(client.optimistic()?.header.slot, NOW - 1);
    assert.equal(client.optimistic()?.participation?.signed, SYNC_COMMITTEE_SIZE);
    assert.equal(updates.list.length, 1);
    assert.deepEqual(made.peer.blamed, []);
    const finalized = world.events.flatMap((event) => (event.kind === "finalized" ? [event.header.slot] : []));
    assert.deepEqual(finalized, [5 * SLOTS_PER_EPOCH], "the trusted block itself nobody has shown to be final");
  });

  it("catches up over several periods, and over the fork to Gloas", async () => {
    open({slot: 4 * SLOTS_PER_PERIOD + 3 * SLOTS_PER_EPOCH, gloasEpoch: 12});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    assert.ok(world.peer.asked.includes("updates 0+4"), world.peer.asked.join());
    assert.equal(client.finalized()?.slot, 4 * SLOTS_PER_PERIOD);
    const periods = (startPeriod: number, count: number) =>
      client
        .updates(startPeriod, count)
        .map(({attestedHeader}) => Math.floor(attestedHeader.beacon.slot / SLOTS_PER_PERIOD));
    assert.deepEqual(
      [periods(0, 4), periods(2, 128), periods(1, 2)],
      [
        [0, 1, 2, 3],
        [2, 3, ...periods(4, 1)],
        [1, 2],
      ],
    );
    for (const late of [2 ** 40, Number.MAX_SAFE_INTEGER]) assert.deepEqual(periods(late, 128), []);
    assert.notEqual(client.bootstrap(world.chain.root(TRUSTED)), null);
    assert.equal(client.bootstrap(world.chain.root(TRUSTED + 1)), null);
    assert.equal(client.latestFinalityUpdate()?.finalizedHeader.beacon.slot, client.finalized()?.slot);
    assert.equal(client.latestOptimisticUpdate()?.attestedHeader.beacon.slot, client.optimistic()?.header.slot);
  });

  it("follows through a period when gossip brings nothing", async () => {
    open({slot: NOW});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    await world.slots(SLOTS_PER_PERIOD + 4 * SLOTS_PER_EPOCH);
    const slot = world.slotClock.currentSlot();
    assert.equal(client.finalized()?.slot, (Math.floor(slot / SLOTS_PER_EPOCH) - 2) * SLOTS_PER_EPOCH);
    assert.equal(client.optimistic()?.header.slot, slot - 1);
    assert.deepEqual(world.peer.blamed, []);
    const finalized = world.events.filter(({kind}) => kind === "finalized");
    assert.ok(finalized.length >= 12, `${finalized.length}`);
  });

  it("asks for nothing that gossip brings", async () => {
    open({slot: NOW});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    const asked = world.peer.asked.length;
    for (let slot = 0; slot < 4; slot++) {
      // Into the slot after, when its messages are due and not yet asked for.
      await world.clock.advance(world.config.SLOT_DURATION_MS / 2);
      const update = world.chain.optimisticUpdate({attestedSlot: world.peer.headSlot()});
      assert.equal(await world.updates.gossip({kind: "optimistic_update", update}), "accept");
      await world.clock.advance(world.config.SLOT_DURATION_MS / 2);
    }
    assert.equal(world.peer.asked.length, asked);
  });

  it("leaves a source that lies and asks another", async () => {
    open({slot: NOW});
    const liar = world.source("liar", new MadeChain({config: world.config, salt: 9}));
    liar.bootstrap = async () => liar.chain.bootstrap(TRUSTED);
    world.updates.list = [liar, world.peer];
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
    assert.match(liar.blamed.join("\n"), /bootstrap: OTHER_BLOCK/);
    assert.deepEqual(world.peer.blamed, []);
  });

  it("blames forged updates, wrong periods and too many of them", async () => {
    open({slot: 2 * SLOTS_PER_PERIOD + 3 * SLOTS_PER_EPOCH});
    const [forger, stranger, flooder] = ["forger", "stranger", "flooder"].map((name) => world.source(name));
    const honest = (start: number, count: number) => world.peer.updates(start, count);
    forger!.updates = async (start, count) => {
      const [first] = await honest(start, count);
      const forged = copyOf(world.config, first!);
      flip(forged.syncAggregate.syncCommitteeSignature, 3);
      return [forged];
    };
    stranger!.updates = (start, count) => honest(start + count, 1);
    flooder!.updates = async (start, count) => [...(await honest(start, count)), ...(await honest(start, count))];
    world.updates.list = [forger!, stranger!, flooder!, world.peer];
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    assert.match(forger!.blamed.join(), /INVALID_SIGNATURE/);
    assert.match(stranger!.blamed.join(), /update of period 2, asked for 0 to 1/);
    assert.match(flooder!.blamed.join(), /sent 4 updates, asked for 2/);
    assert.ok((client.finalized()?.slot ?? 0) > SLOTS_PER_PERIOD);
  });

  it("waits for sources, and longer each time", async () => {
    open({slot: NOW});
    world.updates.list = [];
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.clock.advance(30_000);
    assert.equal(client.finalized(), null);
    assert.equal(world.log.lines.filter((line) => /^warn nobody has given/.test(line)).length, 1);
    world.updates.list = [world.peer];
    await world.clock.advance(60_000);
    assert.notEqual(client.finalized(), null);
  });

  it("does not wait for ever for a source that is silent", async () => {
    open({slot: NOW});
    const silent = world.source("silent");
    silent.bootstrap = () => new Promise(() => {});
    world.updates.list = [silent, world.peer];
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.clock.advance(20_000);
    assert.notEqual(client.finalized(), null);
  });

  it("comes to a source that stands behind many silent ones", async () => {
    open({slot: NOW});
    const silent = Array.from({length: 9}, (_, at) => world.source(`silent ${at}`));
    for (const source of silent) source.bootstrap = () => Promise.reject(new Error("too busy"));
    world.updates.list = [...silent, world.peer];
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.clock.advance(10_000);
    assert.notEqual(client.finalized(), null);
  });

  it("does not begin at a block older than the weak subjectivity period, unless told to", async () => {
    const slot = 300 * SLOTS_PER_EPOCH;
    open({slot});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    assert.equal(client.finalized(), null);
    assert.match(world.log.lines.join("\n"), /error .*does not begin: its block is of epoch 4.* may be forged/);
    world.client({trustedSlot: TRUSTED, acceptsOldTrust: true}).start();
    await world.settle();
    assert.match(world.log.lines.join("\n"), /warn .*trusts an old block/);
  });

  it("trusts what it is told elsewhere, and nothing when nobody tells", async () => {
    open({slot: NOW});
    const client = world.client({trustedSlot: null, trustedElsewhere: async () => world.chain.root(TRUSTED)});
    client.start();
    await world.settle();
    assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
    world.file.content = null;
    world.client({trustedSlot: null}).start();
    await world.settle();
    assert.match(world.log.lines.join("\n"), /no block to trust/);
  });

  describe("its kept state", () => {
    async function runOnce(): Promise<void> {
      open({slot: NOW});
      const client = world.client({trustedSlot: TRUSTED});
      client.start();
      await world.settle();
      await client.stop();
      assert.notEqual(world.file.content, null);
    }

    it("is gone on from after a restart, without a bootstrap", async () => {
      await runOnce();
      world.peer.asked.length = 0;
      for (const trustedSlot of [TRUSTED, null]) {
        const client = world.client({trustedSlot});
        client.start();
        await world.settle();
        assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
      }
      assert.equal(world.peer.asked.includes("bootstrap"), false);
    });

    it("is gone on from a period later", async () => {
      await runOnce();
      await world.slots(2 * SLOTS_PER_PERIOD);
      const client = world.client({trustedSlot: TRUSTED});
      client.start();
      await world.settle();
      assert.ok((client.finalized()?.slot ?? 0) > 2 * SLOTS_PER_PERIOD);
    });

    it("is left when it is damaged", async () => {
      await runOnce();
      flip(world.file.content ?? undefined, 200);
      const client = world.client({trustedSlot: TRUSTED});
      client.start();
      await world.settle();
      assert.match(world.log.lines.join("\n"), /kept state is not used: it is damaged/);
      assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
    });

    it("is left when a person vouches for another block", async () => {
      await runOnce();
      world.client({trustedSlot: TRUSTED + SLOTS_PER_EPOCH}).start();
      await world.settle();
      assert.match(world.log.lines.join("\n"), /kept state is not used: it goes back to the trusted block/);
    });

    it("is left when it is too old to be trusted", async () => {
      await runOnce();
      world.clock.jump(300 * SLOTS_PER_EPOCH * world.config.SLOT_DURATION_MS);
      world.client({trustedSlot: TRUSTED}).start();
      await world.settle();
      assert.match(world.log.lines.join("\n"), /kept state is not used: .* may be forged/);
    });

    it("does without a disk that fails", async () => {
      open({slot: NOW});
      world.file.read = () => Promise.reject(new Error("EIO"));
      world.file.write = () => Promise.reject(new Error("EIO"));
      const client = world.client({trustedSlot: TRUSTED});
      client.start();
      await world.settle();
      assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
      assert.match(world.log.lines.join("\n"), /could not be kept/);
    });
  });

  it("goes on when the verifier could not work for a while", async () => {
    open({slot: NOW});
    const verify = world.verifier.verifyAggregate.bind(world.verifier);
    world.verifier.verifyAggregate = () => Promise.reject(new Error("the worker died"));
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    assert.equal(client.finalized()?.slot, TRUSTED);
    const update = world.chain.optimisticUpdate({attestedSlot: world.peer.headSlot()});
    assert.equal(await world.updates.gossip({kind: "optimistic_update", update}), "ignore");
    world.verifier.verifyAggregate = verify;
    await world.slots(2);
    assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
  });

  it("stops at once, even while it waits", async () => {
    open({slot: NOW});
    world.peer.bootstrap = () => new Promise(() => {});
    const client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    await client.stop();
    const update = world.chain.optimisticUpdate({attestedSlot: NOW - 1});
    assert.equal(await world.updates.gossip({kind: "optimistic_update", update}), "nobody listens");
  });
});
