import {createHash} from "node:crypto";

const MESSAGE_ID_SIZE_BYTES = 20;

/**
 * 20 bytes that name a message. altair/p2p-interface.md#topics-and-messages
 * @param domain 4 bytes: MESSAGE_DOMAIN_VALID_SNAPPY or MESSAGE_DOMAIN_INVALID_SNAPPY
 * @param data uncompressed where snappy can uncompress it, else as it came
 */
export function computeMessageId(domain: Uint8Array, topic: string, data: Uint8Array): Uint8Array {
  const topicBytes = Buffer.from(topic, "utf8");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(topicBytes.length));
  const digest = createHash("sha256").update(domain).update(length).update(topicBytes).update(data).digest();
  return digest.subarray(0, MESSAGE_ID_SIZE_BYTES);
}

/** Hex without 0x, as the library and {@link Gossip.publish} have it. */
export const messageIdToString = (id: Uint8Array): string =>
  Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("hex");
