import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import snappy from "snappy";
import {computeMessageId, messageIdToString} from "../../src/gossip/message-id.ts";
import {SnappyTransform} from "../../src/gossip/transform.ts";
import {chain} from "./support/chains.ts";

const VALID = Uint8Array.of(1, 0, 0, 0);
const INVALID = Uint8Array.of(0, 0, 0, 0);
const TOPIC = "/eth2/6a95a1a9/beacon_block/ssz_snappy";

/** altair/p2p-interface.md, written out. */
function bySpec(domain: Uint8Array, topic: string, data: Uint8Array): string {
  const bytes = [...domain, topic.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(topic), ...data];
  return createHash("sha256").update(Uint8Array.from(bytes)).digest("hex").slice(0, 40);
}

describe("message ids", () => {
  it("are the first 20 bytes of a hash over domain, topic length, topic and data", () => {
    const data = Uint8Array.of(1, 2, 3);
    const id = computeMessageId(VALID, TOPIC, data);
    assert.equal(id.length, 20);
    assert.equal(messageIdToString(id), bySpec(VALID, TOPIC, data));
    assert.equal(messageIdToString(id), "c6f531a6314020c1991635ddf3e7ee7a194874ca");
    assert.equal(messageIdToString(computeMessageId(INVALID, TOPIC, data)), "6806984be26cc61778bd3c05399a2a89a489da8e");
  });

  it("differ by topic and by domain", () => {
    const data = Uint8Array.of(1, 2, 3);
    const ids = [
      computeMessageId(VALID, TOPIC, data),
      computeMessageId(INVALID, TOPIC, data),
      computeMessageId(VALID, `${TOPIC}x`, data),
      computeMessageId(VALID, TOPIC, data.subarray(1)),
    ];
    assert.equal(new Set(ids.map(messageIdToString)).size, ids.length);
  });

  it("are over what snappy uncompresses to, or over the raw data when it cannot", () => {
    const {config, digests, topics} = chain();
    const topic = topics.find("sync_committee", 0, digests.periods[0]!)!.name;
    const transform = new SnappyTransform({config, topics}, {isExpected: () => true});
    const payload = new Uint8Array(144).fill(7);
    const data = transform.inboundTransform(topic, snappy.compressSync(payload));
    assert.equal(messageIdToString(transform.messageId({topic, data})), bySpec(VALID, topic, payload));

    const damaged = Uint8Array.of(0x90, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    const raw = transform.inboundTransform(topic, damaged);
    assert.ok(transform.isDamaged(raw) && !transform.isDamaged(data));
    assert.equal(messageIdToString(transform.messageId({topic, data: raw})), bySpec(INVALID, topic, damaged));
  });
});
