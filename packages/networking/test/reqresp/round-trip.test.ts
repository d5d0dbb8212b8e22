import assert from "node:assert/strict";
import type {LightClientUpdate} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import type {ReqRespClient} from "../../src/reqresp/req-resp-client.ts";
import {RequestError, type RequestErrorKind} from "../../src/reqresp/request-error.ts";
import {type HostPair, MUXERS, openPair} from "./support/hosts.ts";
import {clientOf, METADATA, serverOf} from "./support/parties.ts";
import {
  blocksAt,
  bootstrapAt,
  finalityUpdateAt,
  optimisticUpdateAt,
  rootOf,
  STATUS,
  updateOf,
} from "./support/test-chain.ts";

const UNKNOWN_ROOT = `0x${"00".repeat(32)}` as Root;

const isRefusal = (kind: RequestErrorKind, code: number | null) => (error: unknown) =>
  error instanceof RequestError && error.kind === kind && error.code === code;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

for (const muxer of MUXERS) {
  describe(`requests between two peers over ${muxer}`, () => {
    let pair: HostPair;
    let server: Awaited<ReturnType<typeof serverOf>>;
    let client: ReqRespClient;
    let peer: string;
    let offences: ReturnType<typeof clientOf>["offences"];

    before(async () => {
      pair = await openPair(muxer);
      server = await serverOf(pair);
      ({client, peer, offences} = clientOf(pair));
    });
    after(() => pair.close());
    afterEach(() => {
      assert.deepEqual([...offences, ...server.offences], []);
      server.said.length = 0;
    });

    it("status: each hears the other's", async () => {
      assert.deepEqual(await client.status(peer), STATUS);
      assert.deepEqual(server.said, [STATUS]);
    });

    it("ping: the sequence numbers of their metadata", async () => {
      assert.equal(await client.ping(peer), METADATA.seqNumber);
      assert.deepEqual(server.said, [METADATA.seqNumber]);
    });

    it("metadata", async () => {
      assert.deepEqual(await client.metadata(peer), METADATA);
    });

    it("goodbye, with its reason", async () => {
      await client.goodbye(peer, 129);
      assert.deepEqual(server.said, [129n]);
    });

    it("blocks by range, of three forks", async () => {
      server.chain.blocks = blocksAt([4, 7, 8, 15, 16, 20, 29]);
      const blocks = await all(client.blocksByRange(peer, {startSlot: 7 as Slot, count: 14}));
      assert.deepEqual(
        blocks,
        server.chain.blocks.slice(1, 6).map(({block}) => block),
      );
    });

    it("blocks by range: none is an answer", async () => {
      server.chain.blocks = [];
      assert.deepEqual(await all(client.blocksByRange(peer, {startSlot: 7 as Slot, count: 128})), []);
    });

    it("blocks by range: an answer that is left early is no offence", async () => {
      server.chain.blocks = blocksAt([16, 17, 18]);
      for await (const {message} of client.blocksByRange(peer, {startSlot: 16 as Slot, count: 8})) {
        assert.equal(message.slot, 16);
        break;
      }
      assert.equal(await client.ping(peer), METADATA.seqNumber);
    });

    it("blocks by root: those that are there", async () => {
      server.chain.blocks = blocksAt([7, 15, 29]);
      const roots = [server.chain.blocks[2]?.root as Root, UNKNOWN_ROOT, server.chain.blocks[0]?.root as Root];
      const blocks = await all(client.blocksByRoot(peer, roots));
      assert.deepEqual(
        blocks.map(({message}) => message.slot),
        [29, 7],
      );
    });

    for (const slot of [6, 14, 28]) {
      it(`light-client data of slot ${slot}`, async () => {
        const bootstrap = bootstrapAt(slot);
        server.chain.bootstraps = [bootstrap];
        server.chain.finalityUpdate = finalityUpdateAt(slot);
        server.chain.optimisticUpdate = optimisticUpdateAt(slot);
        assert.deepEqual(await client.lightClientBootstrap(peer, rootOf(bootstrap)), bootstrap);
        assert.deepEqual(await client.lightClientFinalityUpdate(peer), server.chain.finalityUpdate);
        assert.deepEqual(await client.lightClientOptimisticUpdate(peer), server.chain.optimisticUpdate);
      });
    }

    it("light-client updates by range, no more than were asked for", async () => {
      server.chain.updates = [0, 1, 2, 3].map(updateOf);
      const updates: readonly LightClientUpdate[] = await client.lightClientUpdates(peer, 1, 2);
      assert.deepEqual(updates, [updateOf(1), updateOf(2)]);
      assert.deepEqual(await client.lightClientUpdates(peer, 4, 128), []);
    });

    it("light-client data that is not there: ResourceUnavailable, and no offence", async () => {
      server.chain.finalityUpdate = null;
      server.chain.optimisticUpdate = null;
      await assert.rejects(client.lightClientBootstrap(peer, UNKNOWN_ROOT), isRefusal("refused", 3));
      await assert.rejects(client.lightClientFinalityUpdate(peer), isRefusal("refused", 3));
      await assert.rejects(client.lightClientOptimisticUpdate(peer), isRefusal("refused", 3));
    });

    it("a chain that fails: ServerError, no word of why, and the next request is answered", async () => {
      server.chain.blocksByRange = () => {
        throw new Error("the secret of a disk");
      };
      await assert.rejects(all(client.blocksByRange(peer, {startSlot: 0 as Slot, count: 1})), (error: unknown) => {
        assert.ok(isRefusal("refused", 2)(error));
        assert.doesNotMatch(String(error), /secret/);
        return true;
      });
      assert.equal(await client.ping(peer), METADATA.seqNumber);
    });

    it("to who is not connected: rejected at once", async () => {
      const stranger = pair.asking.peerId.toString();
      await assert.rejects(client.ping(stranger), isRefusal("not_connected", null));
    });

    it("of a protocol that the peer does not speak: said so, and no offence", async () => {
      await server.server.stop();
      await assert.rejects(client.ping(peer), isRefusal("unsupported", null));
      await server.server.start();
    });
  });
}
