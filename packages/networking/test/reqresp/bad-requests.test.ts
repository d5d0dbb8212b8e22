import assert from "node:assert/strict";
import type {Stream} from "@libp2p/interface";
import {ssz} from "@mote/consensus";
import {FakeClock} from "@mote/testing";
import {compressBlock} from "../../src/codec/snappy-block.ts";
import type {Offence} from "../../src/network.ts";
import {protocolId} from "../../src/reqresp/protocols.ts";
import {type HostPair, MUXERS, openPair} from "./support/hosts.ts";
import {AMPLE_QUOTAS, clientOf, DEFAULT_QUOTAS, IMPATIENT, METADATA, serverOf} from "./support/parties.ts";
import {chunk, eventually, heard, payload} from "./support/raw.ts";
import {blocksAt, digestAt} from "./support/test-chain.ts";

const STATUS = protocolId("status", 2);
const PING = protocolId("ping", 1);
const RANGE = protocolId("beacon_blocks_by_range", 2);
const ROOTS = protocolId("beacon_blocks_by_root", 2);
const METADATA_ID = protocolId("metadata", 3);

const range = (startSlot: number, count: number, step = 1) =>
  payload(ssz.phase0.BeaconBlocksByRangeRequest.serialize({startSlot, count, step}));
const status = (digest: Uint8Array, headSlot = 9n): Buffer => {
  const bytes = ssz.fulu.Status.serialize({...ssz.fulu.Status.defaultValue(), forkDigest: digest});
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(76, headSlot, true);
  return payload(bytes);
};
const sound = payload(ssz.phase0.Ping.serialize(1n));
const withByte = (bytes: Buffer, at: number, byte: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = byte;
  return changed;
};

/** 92 bytes are declared, and a frame that becomes 65,536. */
const bomb = (): Buffer => {
  const frame = compressBlock(new Uint8Array(65_536));
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUIntLE(frame.length + 4, 1, 3);
  return Buffer.concat([Buffer.of(92), Buffer.from("ff060000734e61507059", "hex"), head, frame]);
};

const REFUSED: readonly (readonly [string, string, Buffer, Offence])[] = [
  ["a length below the type's", STATUS, payload(new Uint8Array(91)), "invalid_frame"],
  ["a length above the type's", STATUS, payload(new Uint8Array(93)), "invalid_frame"],
  ["a length-prefix without an end", STATUS, Buffer.alloc(11, 0x80), "invalid_frame"],
  ["a length above all payloads", ROOTS, Buffer.from("ffffffffffffffffff01", "hex"), "invalid_frame"],
  ["a bomb", STATUS, bomb(), "invalid_frame"],
  ["a wrong checksum", PING, withByte(sound, sound.length - 9, 0), "invalid_frame"],
  ["bytes behind it", PING, Buffer.concat([sound, Buffer.of(0)]), "invalid_frame"],
  ["bytes where there should be none", METADATA_ID, Buffer.of(0), "invalid_frame"],
  ["an end in its midst", PING, sound.subarray(0, 12), "invalid_frame"],
  ["a status with a slot above 2^53−1", STATUS, status(digestAt(30), 2n ** 53n), "invalid_request"],
  ["no blocks at all", RANGE, range(0, 0), "invalid_request"],
  ["too many blocks", RANGE, range(0, 129), "invalid_request"],
  ["a step", RANGE, range(0, 2, 2), "invalid_request"],
  ["a slot above 2^53−1", RANGE, range(2 ** 60, 2), "invalid_request"],
  ["too many roots", ROOTS, payload(new Uint8Array(129 * 32)), "invalid_request"],
  ["more roots than their list can hold", ROOTS, payload(new Uint8Array(1025 * 32)), "invalid_frame"],
  ["a root and a half", ROOTS, payload(new Uint8Array(48)), "invalid_request"],
];

const NOTHING_OF: readonly (readonly [string, Buffer])[] = [
  [
    protocolId("blob_sidecars_by_range", 1),
    payload(ssz.deneb.BlobSidecarsByRangeRequest.serialize({startSlot: 9, count: 2})),
  ],
  [protocolId("blob_sidecars_by_root", 1), payload(new Uint8Array(2 * ssz.deneb.BlobIdentifier.minSize))],
  [
    protocolId("data_column_sidecars_by_range", 1),
    payload(ssz.fulu.DataColumnSidecarsByRangeRequest.serialize({startSlot: 9, count: 2, columns: [0, 127]})),
  ],
  [
    protocolId("data_column_sidecars_by_root", 1),
    payload(
      Buffer.concat([
        Buffer.of(4, 0, 0, 0),
        ssz.fulu.DataColumnsByRootIdentifier.serialize({blockRoot: new Uint8Array(32), columns: [0, 127]}),
      ]),
    ),
  ],
  [
    protocolId("execution_payload_envelopes_by_range", 1),
    payload(ssz.gloas.ExecutionPayloadEnvelopesByRangeRequest.serialize({startSlot: 9, count: 2})),
  ],
  [protocolId("execution_payload_envelopes_by_root", 1), payload(new Uint8Array(64))],
];

for (const muxer of MUXERS) {
  describe(`what a bad peer asks over ${muxer}`, () => {
    let pair: HostPair;
    let server: Awaited<ReturnType<typeof serverOf>>;

    const open = (id: string): Promise<Stream> => pair.connection.newStream(id, {maxOutboundStreams: 100});
    const asks = async (id: string, request: Uint8Array): Promise<Buffer> => {
      const stream = await open(id);
      const hearing = heard(stream);
      if (request.length > 0) stream.send(request);
      await stream.close();
      return (await hearing).bytes;
    };
    const offences = () => server.offences.map(({offence}) => offence);
    const begin = async (...options: Parameters<typeof serverOf> extends [unknown, ...infer Rest] ? Rest : never) => {
      server = await serverOf(pair, ...options);
    };

    before(async () => {
      pair = await openPair(muxer);
    });
    after(() => pair.close());
    afterEach(async () => {
      await server.server.stop();
      server.offences.length = 0;
    });

    for (const [what, id, request, offence] of REFUSED) {
      it(`is answered with InvalidRequest, and costs: ${what}`, async () => {
        await begin();
        const answer = await asks(id, request);
        assert.equal(answer[0], 1);
        assert.ok(answer.length < 300);
        assert.deepEqual(offences(), [offence]);
        assert.equal(server.offences[0]?.peer, pair.asking.peerId.toString());
        assert.equal((await asks(PING, sound))[0], 0, "the node stays up");
        assert.equal(offences().length, 1, "a sound request costs nothing");
      });
    }

    it("is nothing, as of who hangs up: it costs nothing", async () => {
      await begin();
      assert.deepEqual(await asks(PING, Buffer.alloc(0)), Buffer.alloc(0));
      assert.equal((await asks(PING, sound))[0], 0, "the node stays up");
      assert.deepEqual(offences(), []);
    });

    for (const [id, request] of NOTHING_OF) {
      it(`has an answer without a chunk, since nothing of it is here: ${id.split("/")[4]}`, async () => {
        await begin();
        assert.deepEqual(await asks(id, request), Buffer.alloc(0));
        assert.deepEqual(offences(), []);
      });
    }

    it("of another chain, with its status: it is told ours, and it costs", async () => {
      await begin();
      assert.equal((await asks(STATUS, status(Buffer.from("deadbeef", "hex"))))[0], 0);
      assert.deepEqual(offences(), ["wrong_chain"]);
      assert.deepEqual(server.said, []);
    });

    it("costs a peer that says more and more instead of ending", async () => {
      await begin();
      const stream = await open(PING);
      const hearing = heard(stream);
      const junk = Buffer.alloc(16_384, 0x80);
      const send = () => {
        while (stream.writeStatus === "writable" && stream.status === "open" && stream.send(junk));
      };
      stream.addEventListener("drain", send);
      send();
      await hearing;
      await eventually(() => stream.status !== "open");
      assert.deepEqual(offences(), ["invalid_frame"]);
    });

    for (const [what, act] of [
      ["never says a word", () => {}],
      ["says nothing behind its length", (stream: Stream) => void stream.send(Buffer.of(8))],
      ["does not half-close", (stream: Stream) => void stream.send(sound)],
      [
        "sends one byte at a time",
        (stream: Stream) => {
          let at = 0;
          const timer = setInterval(() => {
            if (stream.writeStatus === "writable") stream.send(sound.subarray(at, ++at));
            else clearInterval(timer);
          }, 10);
        },
      ],
    ] as const) {
      it(`is cut off, and costs: a peer that ${what}`, async () => {
        await begin({timeouts: IMPATIENT});
        const stream = await open(PING);
        const hearing = heard(stream);
        act(stream);
        assert.deepEqual(await hearing, {bytes: Buffer.alloc(0), wasReset: true});
        assert.deepEqual(offences(), ["too_slow"]);
      });
    }

    it("floods: of many streams at once two are attended to, and the others cost", async () => {
      await begin();
      const streams = await Promise.all(Array.from({length: 8}, () => open(PING).catch(() => null)));
      const opened = streams.filter((stream) => stream !== null);
      await eventually(() => opened.filter(({status}) => status === "open").length === 2);
      assert.ok(offences().length > 0);
      assert.ok(offences().every((offence) => offence === "rate_limit"));
      for (const stream of opened) stream.abort(new Error("enough"));
      const {client, peer} = clientOf(pair);
      // The server hears of the resets before it hears of this stream.
      assert.equal(await client.ping(peer), METADATA.seqNumber);
    });

    it("too often is answered later, and costs nothing", async () => {
      const clock = new FakeClock({nowMs: Date.now()});
      await begin({quotas: DEFAULT_QUOTAS, clock});
      const answered: number[] = [];
      const asking = Array.from({length: DEFAULT_QUOTAS.ping.tokens}, () => asks(PING, sound));
      await Promise.all(asking);
      const late = asks(PING, sound).then((answer) => answered.push(answer[0] as number));
      await asks(METADATA_ID, Buffer.alloc(0));
      assert.deepEqual(answered, []);
      await clock.advance(DEFAULT_QUOTAS.ping.perMs / DEFAULT_QUOTAS.ping.tokens);
      await late;
      assert.deepEqual(answered, [0]);
      assert.deepEqual(offences(), []);
    });

    it("too often, and gives up, and asks again: it costs nothing", async () => {
      const clock = new FakeClock({nowMs: Date.now()});
      await begin({quotas: DEFAULT_QUOTAS, clock});
      await Promise.all(Array.from({length: DEFAULT_QUOTAS.ping.tokens}, () => asks(PING, sound)));
      for (let i = 0; i < 4; i++) {
        const stream = await open(PING);
        stream.send(sound);
        await stream.close();
        await asks(METADATA_ID, Buffer.alloc(0)).catch(() => {});
        stream.abort(new Error("too long"));
        await clock.advance(DEFAULT_QUOTAS.metadata.perMs / DEFAULT_QUOTAS.metadata.tokens);
      }
      assert.deepEqual(offences(), []);
    });

    it("and leaves in the midst of: the node stays up", async () => {
      await begin();
      server.chain.blocks = blocksAt([16, 17, 18, 19]);
      const stream = await open(RANGE);
      stream.send(range(16, 4));
      await stream.close();
      stream.abort(new Error("gone"));
      assert.equal((await asks(PING, sound))[0], 0);
      assert.deepEqual(offences(), []);
    });

    it("of a range: no more than were asked for, in order, whatever the chain gives", async () => {
      await begin();
      const [one, two] = blocksAt([16, 17]);
      server.chain.blocksByRange = function* () {
        for (;;) yield* [one, two] as [NonNullable<typeof one>, NonNullable<typeof two>];
      };
      const expected = [one, two].map((block) => chunk(0, block?.ssz as Uint8Array, digestAt(16)));
      assert.ok((await asks(RANGE, range(16, 2))).equals(Buffer.concat(expected)));
    });
  });
}

describe("a peer that does not read what it asked for, over yamux", () => {
  it("is cut off, and costs; memory holds a chunk and what is on its way", async () => {
    const pair = await openPair("yamux");
    try {
      const server = await serverOf(pair, {timeouts: IMPATIENT, quotas: AMPLE_QUOTAS});
      let given = 0;
      const block = {slot: 16 as never, ssz: crypto.getRandomValues(new Uint8Array(60_000))};
      server.chain.blocksByRange = function* () {
        for (; given < 128; given++) yield block;
      };
      const stream = await pair.connection.newStream(RANGE);
      stream.send(range(16, 128));
      await stream.close();
      stream.pause();
      await eventually(() => server.offences.length > 0);
      assert.deepEqual(
        server.offences.map(({offence}) => offence),
        ["too_slow"],
      );
      assert.ok(given < 64, `${given} chunks were made`);
    } finally {
      await pair.close();
    }
  });
});
