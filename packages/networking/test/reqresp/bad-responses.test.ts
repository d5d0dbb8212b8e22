import assert from "node:assert/strict";
import type {Stream} from "@libp2p/interface";
import {sszTypesFor} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import type {Slot} from "@mote/core";
import fc from "fast-check";
import type {Offence} from "../../src/network.ts";
import {protocolId, type RequestName} from "../../src/reqresp/protocols.ts";
import type {ReqRespClient} from "../../src/reqresp/req-resp-client.ts";
import {RequestError, type RequestErrorKind} from "../../src/reqresp/request-error.ts";
import {type HostPair, MUXERS, openPair} from "./support/hosts.ts";
import {clientOf, IMPATIENT} from "./support/parties.ts";
import {chunk, payload} from "./support/raw.ts";
import {blocksAt, bootstrapAt, digestAt, finalityUpdateAt, forkAt, rootOf, updateOf} from "./support/test-chain.ts";

type Ask = (client: ReqRespClient, peer: string) => Promise<unknown>;
/** What is asked, and the protocol that it is asked over. */
interface Asking {
  readonly id: string;
  readonly ask: Ask;
}

const over = (name: RequestName, version: number, ask: Ask): Asking => ({id: protocolId(name, version), ask});
async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const BLOCKS = blocksAt([16, 17, 19, 20]);
const [B16, B17, B19, B20] = BLOCKS as [(typeof BLOCKS)[0], (typeof BLOCKS)[0], (typeof BLOCKS)[0], (typeof BLOCKS)[0]];
const [FULU_BLOCK] = blocksAt([9]) as [(typeof BLOCKS)[0]];
const BOOTSTRAP = bootstrapAt(28);

const PING = over("ping", 1, (client, peer) => client.ping(peer));
const STATUS = over("status", 2, (client, peer) => client.status(peer));
const METADATA = over("metadata", 3, (client, peer) => client.metadata(peer));
const RANGE = over("beacon_blocks_by_range", 2, (client, peer) =>
  all(client.blocksByRange(peer, {startSlot: 16 as Slot, count: 4})),
);
const FULU_RANGE = over("beacon_blocks_by_range", 2, (client, peer) =>
  all(client.blocksByRange(peer, {startSlot: FULU_BLOCK.slot, count: 1})),
);
const ROOTS = over("beacon_blocks_by_root", 2, (client, peer) => all(client.blocksByRoot(peer, [B16.root, B17.root])));
const BOOTSTRAPS = over("light_client_bootstrap", 1, (client, peer) =>
  client.lightClientBootstrap(peer, rootOf(BOOTSTRAP)),
);
const UPDATES = over("light_client_updates_by_range", 1, (client, peer) => client.lightClientUpdates(peer, 1, 3));
const FINALITY = over("light_client_finality_update", 1, (client, peer) => client.lightClientFinalityUpdate(peer));

const pong = chunk(0, ssz.phase0.Ping.serialize(5n));
const block = ({ssz: bytes, slot}: (typeof BLOCKS)[0], digest = digestAt(slot)): Buffer => chunk(0, bytes, digest);
const update = (period: number): Buffer => {
  const value = updateOf(period);
  const {slot} = value.attestedHeader.beacon;
  return chunk(0, sszTypesFor(forkAt(slot)).LightClientUpdate.serialize(value as never), digestAt(slot));
};
const finality = (slot: number, digest = digestAt(slot)): Buffer =>
  chunk(0, sszTypesFor(forkAt(slot)).LightClientFinalityUpdate.serialize(finalityUpdateAt(slot) as never), digest);
const status = (digest: Uint8Array, headSlot = 9n): Buffer => {
  const bytes = ssz.fulu.Status.serialize({...ssz.fulu.Status.defaultValue(), forkDigest: digest});
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(76, headSlot, true);
  return chunk(0, bytes);
};
const manyGroups = (): Buffer => {
  const bytes = ssz.fulu.Metadata.serialize(ssz.fulu.Metadata.defaultValue());
  return chunk(0, bytes.fill(0xff, 17));
};
/** Four are there. */
const fifthSyncSubnet = (): Buffer => {
  const bytes = ssz.fulu.Metadata.serialize(ssz.fulu.Metadata.defaultValue());
  return chunk(0, bytes.fill(0x10, 16, 17));
};
const UNKNOWN_DIGEST = Buffer.from("deadbeef", "hex");
/** Says that it holds 8 bytes, and makes 65,536. */
const bomb = (): Buffer => Buffer.concat([pong.subarray(0, 2), payload(new Uint8Array(65_536)).subarray(3)]);

const UNSOUND: readonly (readonly [string, Asking, readonly Buffer[], Offence])[] = [
  ["a length below the type's", PING, [chunk(0, new Uint8Array(7))], "invalid_frame"],
  ["a length above the type's", PING, [chunk(0, new Uint8Array(9))], "invalid_frame"],
  ["a length-prefix without an end", PING, [Buffer.alloc(12, 0x80).fill(0, 0, 1)], "invalid_frame"],
  [
    "a block above all payloads",
    RANGE,
    [Buffer.concat([Buffer.of(0), digestAt(16), Buffer.from("8180800500", "hex")])],
    "invalid_frame",
  ],
  ["a light-client update above its type", FINALITY, [chunk(0, new Uint8Array(5000), digestAt(28))], "invalid_frame"],
  ["a bomb", PING, [bomb()], "invalid_frame"],
  ["a wrong checksum", PING, [Buffer.from(pong).fill(0, 16, 17)], "invalid_frame"],
  ["an end in the midst of a chunk", PING, [pong.subarray(0, -1)], "invalid_frame"],
  ["an end behind the code", PING, [pong.subarray(0, 1)], "invalid_frame"],
  ["an end in the context", FINALITY, [Buffer.from("0001", "hex")], "invalid_frame"],
  ["nothing", PING, [], "invalid_response"],
  ["bytes behind it", PING, [pong, Buffer.of(0)], "invalid_response"],
  ["two chunks for one", PING, [pong, pong], "invalid_response"],
  ["an error message that is too long", PING, [chunk(2, new Uint8Array(257))], "invalid_frame"],
  ["a status of another chain", STATUS, [status(UNKNOWN_DIGEST)], "wrong_chain"],
  ["a status of a fork that is over", STATUS, [status(digestAt(8))], "wrong_chain"],
  ["a status with a slot above 2^53−1", STATUS, [status(digestAt(28), 2n ** 64n - 1n)], "invalid_response"],
  ["metadata with 2^64−1 custody groups", METADATA, [manyGroups()], "invalid_response"],
  ["metadata with a sync subnet that there is none of", METADATA, [fifthSyncSubnet()], "invalid_response"],
  ["blocks of an unknown fork digest", RANGE, [block(B16, UNKNOWN_DIGEST)], "invalid_response"],
  ["blocks of another fork's digest", FULU_RANGE, [block(FULU_BLOCK, digestAt(0))], "invalid_response"],
  ["a block that is not SSZ", RANGE, [chunk(0, new Uint8Array(2000), digestAt(16))], "invalid_response"],
  ["blocks before the range", RANGE, [block(blocksAt([15])[0] as typeof B16)], "invalid_response"],
  ["blocks behind the range", RANGE, [block(B16), block(B17), block(B19), block(B20)], "invalid_response"],
  ["blocks in the wrong order", RANGE, [block(B17), block(B16)], "invalid_response"],
  ["a block twice", RANGE, [block(B16), block(B16)], "invalid_response"],
  ["blocks of two chains", RANGE, [block(B16), block(B19)], "invalid_response"],
  [
    "more blocks than were asked for",
    RANGE,
    [16, 17, 18, 19].map((_, i) => block(blocksAt([16, 17, 18, 19])[i] as typeof B16)).concat(block(B16)),
    "invalid_response",
  ],
  ["a block that was not asked for", ROOTS, [block(B19)], "invalid_response"],
  ["a block twice, by root", ROOTS, [block(B16), block(B16)], "invalid_response"],
  [
    "a bootstrap of another block",
    BOOTSTRAPS,
    [chunk(0, sszTypesFor(forkAt(27)).LightClientBootstrap.serialize(bootstrapAt(27) as never), digestAt(27))],
    "invalid_response",
  ],
  ["an update of another fork's digest", FINALITY, [finality(6, digestAt(14))], "invalid_response"],
  ["updates of periods before those asked for", UPDATES, [update(0)], "invalid_response"],
  ["updates of periods behind those asked for", UPDATES, [update(4)], "invalid_response"],
  ["updates with a gap", UPDATES, [update(1), update(3)], "invalid_response"],
  ["updates in the wrong order", UPDATES, [update(2), update(1)], "invalid_response"],
];

for (const muxer of MUXERS) {
  describe(`what a bad peer answers over ${muxer}`, () => {
    let pair: HostPair;
    let answer: (stream: Stream) => unknown;
    const handled = new Set<string>();

    const answering = async (id: string, act: typeof answer): Promise<void> => {
      answer = act;
      if (handled.has(id)) return;
      handled.add(id);
      await pair.answering.handle(id, (stream) => void answer(stream));
    };
    const says =
      (pieces: readonly Uint8Array[]) =>
      async (stream: Stream): Promise<void> => {
        for (const piece of pieces) stream.send(piece);
        await stream.close().catch(() => {});
      };
    const asked = async ({ask}: Asking, options?: Parameters<typeof clientOf>[1]) => {
      const {client, peer, offences} = clientOf(pair, options);
      const error: unknown = await ask(client, peer).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      return {error, offences: offences.map(({offence}) => offence)};
    };
    const isOf = (error: unknown, kind: RequestErrorKind): boolean =>
      error instanceof RequestError && error.kind === kind;

    before(async () => {
      pair = await openPair(muxer);
    });
    after(() => pair.close());

    for (const [what, asking, pieces, offence] of UNSOUND) {
      it(`is rejected, and costs: ${what}`, async () => {
        await answering(asking.id, says(pieces));
        const {error, offences} = await asked(asking);
        assert.ok(isOf(error, "unsound"), String(error));
        assert.deepEqual(offences, [offence]);
      });
    }

    for (const [asking, pieces] of [
      [PING, [pong]],
      [STATUS, [status(digestAt(28))]],
      [RANGE, [block(B16), block(B17), block(B19)]],
      [ROOTS, [block(B17), block(B16)]],
      [UPDATES, [update(2), update(3)]],
      [FINALITY, [finality(14)]],
    ] as const) {
      it(`is taken when it is sound, in pieces as in one: ${asking.id.split("/")[4]}`, async () => {
        const bytes = Buffer.concat(pieces);
        for (const parts of [
          pieces,
          [bytes],
          Array.from(bytes, (byte) => Buffer.of(byte))
            .slice(0, 3)
            .concat(bytes.subarray(3)),
        ]) {
          await answering(asking.id, says(parts));
          assert.deepEqual(await asked(asking), {error: null, offences: []});
        }
      });
    }

    it("is an error: passed on, without what could break a log, and free", async () => {
      await answering(PING.id, says([chunk(139, Buffer.from("slow\u001b[2J down"))]));
      const {error, offences} = await asked(PING);
      assert.ok(isOf(error, "refused"));
      assert.equal((error as RequestError).code, 139);
      assert.match(String(error), /slow\?\[2J down/);
      assert.deepEqual(offences, []);
    });

    it("is an error behind blocks: those are kept", async () => {
      await answering(RANGE.id, says([block(B16), chunk(2, Buffer.from("disk"))]));
      const {client, peer} = clientOf(pair);
      const slots: number[] = [];
      const reading = (async () => {
        for await (const {message} of client.blocksByRange(peer, {startSlot: 16 as Slot, count: 4}))
          slots.push(message.slot);
      })();
      await assert.rejects(reading, (error: unknown) => isOf(error, "refused"));
      assert.deepEqual(slots, [16]);
    });

    for (const [what, act] of [
      ["never answers", () => {}],
      ["stops in the midst of a chunk", (stream: Stream) => void stream.send(pong.subarray(0, -1))],
      [
        "sends one byte at a time",
        (stream: Stream) => {
          let at = 0;
          const timer = setInterval(() => {
            if (stream.writeStatus === "writable") stream.send(pong.subarray(at, ++at));
            else clearInterval(timer);
          }, 10);
        },
      ],
    ] as const) {
      it(`comes too late, and costs: a peer that ${what}`, async () => {
        await answering(PING.id, act);
        const {error, offences} = await asked(PING, {timeouts: IMPATIENT});
        assert.ok(isOf(error, "time_out"), String(error));
        assert.deepEqual(offences, ["too_slow"]);
      });
    }

    it("stands when it is whole, though its stream is never closed", async () => {
      await answering(PING.id, (stream) => stream.send(pong));
      assert.deepEqual(await asked(PING, {timeouts: {...IMPATIENT, requestMs: 5000, chunkMs: 5000}}), {
        error: null,
        offences: [],
      });
    });

    it("stands when it is whole, though its stream is reset", async () => {
      await answering(PING.id, (stream) => {
        stream.send(pong);
        setTimeout(() => stream.abort(new Error("done")), 20);
      });
      assert.deepEqual(await asked(PING), {error: null, offences: []});
    });

    it("is a reset: lost, and free", async () => {
      await answering(PING.id, (stream) => stream.abort(new Error("no")));
      const {error, offences} = await asked(PING);
      assert.ok(isOf(error, "lost"), String(error));
      assert.deepEqual(offences, []);
    });

    it("is nothing, because the connection is closed: lost, and free", async () => {
      const closing = await openPair(muxer);
      await closing.answering.handle(PING.id, (stream) => {
        stream.addEventListener("remoteCloseWrite", () => void closing.connection.close());
      });
      const {client, offences, peer} = clientOf(closing);
      await assert.rejects(client.ping(peer), (error: unknown) => isOf(error, "lost"));
      assert.deepEqual(offences, []);
      await closing.close();
    });

    it("is any change of a real one: an answer or an offence, and an end", async () => {
      const sound = Buffer.concat([block(B16), block(B17)]);
      await fc.assert(
        fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length), async (at, byte, sizeBytes) => {
          const bytes = Buffer.from(sound)
            .fill(byte, at, at + 1)
            .subarray(0, Math.max(sizeBytes, at));
          await answering(RANGE.id, says([bytes]));
          const {error, offences} = await asked(RANGE);
          if (error !== null && !isOf(error, "refused")) assert.ok(isOf(error, "unsound"), String(error));
          assert.equal(offences.length, isOf(error, "unsound") ? 1 : 0);
        }),
        {numRuns: 40},
      );
    });
  });
}
