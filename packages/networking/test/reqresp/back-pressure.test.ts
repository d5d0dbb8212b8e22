import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {Slot} from "@mote/core";
import {exchange} from "../../src/reqresp/exchange.ts";
import {DEFAULT_TIMEOUTS, STREAM_WINDOW_BYTES_MAX} from "../../src/reqresp/limits.ts";
import {protocolsOf} from "../../src/reqresp/protocols.ts";
import {openPair} from "./support/hosts.ts";
import {serverOf} from "./support/parties.ts";
import {CONFIG, DIGESTS, REAL_CLOCK} from "./support/test-chain.ts";

const CHUNKS = 128;
const CHUNK_BYTES = 100_000;
/** A window that the stream holds, one that the reader has taken over, and what lies in sockets and between. */
const AHEAD_CHUNKS_MAX = 2 * Math.ceil(STREAM_WINDOW_BYTES_MAX / CHUNK_BYTES) + 12;

describe("a consumer that takes its time, over yamux", () => {
  it("has its chunks made as it takes them", async () => {
    const pair = await openPair("yamux");
    try {
      const {chain} = await serverOf(pair);
      const block = {slot: 16 as Slot, ssz: new Uint8Array(CHUNK_BYTES)};
      for (let at = 0; at < CHUNK_BYTES; at += 50_000) crypto.getRandomValues(block.ssz.subarray(at, at + 50_000));
      let made = 0;
      chain.blocksByRange = function* () {
        for (; made < CHUNKS; made++) yield block;
      };
      const request = ssz.phase0.BeaconBlocksByRangeRequest.serialize({startSlot: 16, count: CHUNKS, step: 1});
      const chunks = exchange(
        {
          connection: pair.connection,
          protocols: protocolsOf(CONFIG).filter(({name}) => name === "beacon_blocks_by_range"),
          request: () => request,
          chunksMax: CHUNKS,
          timeouts: DEFAULT_TIMEOUTS,
        },
        {clock: REAL_CLOCK, digests: DIGESTS},
      );
      let taken = 0;
      let aheadMax = 0;
      for await (const chunk of chunks) {
        assert.equal(chunk.ssz.length, CHUNK_BYTES);
        aheadMax = Math.max(aheadMax, made - ++taken);
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      assert.equal(taken, CHUNKS);
      assert.ok(aheadMax <= AHEAD_CHUNKS_MAX, `${aheadMax} chunks were made ahead`);
    } finally {
      await pair.close();
    }
  });
});
