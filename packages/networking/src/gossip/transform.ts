import type {Message} from "@libp2p/gossipsub";
import type {DataTransform} from "@libp2p/gossipsub/types";
import type {NetworkConfig} from "@mote/consensus";
import {InvalidFrameError} from "../codec/invalid-frame-error.ts";
import {compressBlock, type SizeBounds, snappyBlockLengthWithin, uncompressBlock} from "../codec/snappy-block.ts";
import {computeMessageId} from "./message-id.ts";
import {compressedSizeBytesMax, messageSizeBounds} from "./size-bounds.ts";
import type {GossipTopic, TopicTable} from "./topics.ts";

export interface SnappyTransformInit {
  readonly config: NetworkConfig;
  readonly topics: TopicTable;
}

export interface SnappyTransformComponents {
  /** Whether a peer may send messages on this topic: it was joined, or left a moment ago. */
  readonly isExpected: (topicName: string) => boolean;
}

/**
 * Between the wire and SSZ, with the message ids, which depend on what came out.
 *
 * What snappy cannot uncompress within the bounds of its type is passed on as it came and remembered as damaged, with the message id that the spec has
 * for it: so it is judged once however many peers send it, and the one that did is known. Had the transform thrown, the library would know neither.
 */
export class SnappyTransform implements DataTransform {
  readonly #config: NetworkConfig;
  readonly #topics: TopicTable;
  readonly #isExpected: (topicName: string) => boolean;
  readonly #damaged = new WeakSet<Uint8Array>();
  readonly #bounds = new Map<string, SizeBounds>();

  constructor(init: SnappyTransformInit, components: SnappyTransformComponents) {
    this.#config = init.config;
    this.#topics = init.topics;
    this.#isExpected = components.isExpected;
  }

  /** @throws {InvalidFrameError} for a topic that nobody should send to us on: such a message is dropped before anything is kept of it */
  inboundTransform(topicName: string, data: Uint8Array): Uint8Array {
    const topic = this.#topics.byName(topicName);
    if (topic === null || !this.#isExpected(topicName))
      throw new InvalidFrameError("a message on a topic that was not joined");
    try {
      const bounds = this.#boundsOf(topic);
      checkCompressedSize(data, bounds);
      return uncompressBlock(data, bounds);
    } catch {
      this.#damaged.add(data);
      return data;
    }
  }

  /** What {@link inboundTransform} would take for a message; 0 when it would not uncompress it. */
  inflatedSizeBytes(topicName: string, data: Uint8Array): number {
    const topic = this.#topics.byName(topicName);
    if (topic === null || !this.#isExpected(topicName)) return 0;
    try {
      const bounds = this.#boundsOf(topic);
      checkCompressedSize(data, bounds);
      return snappyBlockLengthWithin(data, bounds);
    } catch {
      return 0;
    }
  }

  /** @throws {InvalidFrameError} for a message of our own that no peer would take */
  outboundTransform(topicName: string, data: Uint8Array): Uint8Array {
    const topic = this.#topics.byName(topicName);
    if (topic === null) throw new InvalidFrameError("no topic of this chain");
    checkSize(data.length, this.#boundsOf(topic));
    return compressBlock(data);
  }

  isDamaged(data: Uint8Array): boolean {
    return this.#damaged.has(data);
  }

  messageId({topic, data}: Pick<Message, "topic" | "data">): Uint8Array {
    const {MESSAGE_DOMAIN_INVALID_SNAPPY, MESSAGE_DOMAIN_VALID_SNAPPY} = this.#config;
    return computeMessageId(
      this.isDamaged(data) ? MESSAGE_DOMAIN_INVALID_SNAPPY : MESSAGE_DOMAIN_VALID_SNAPPY,
      topic,
      data,
    );
  }

  /** The SSZ library walks a whole type for its size. */
  #boundsOf({kind, period}: GossipTopic): SizeBounds {
    const key = `${kind} ${period.fork}`;
    const known = this.#bounds.get(key);
    if (known !== undefined) return known;
    const bounds = messageSizeBounds(kind, period.fork, this.#config);
    this.#bounds.set(key, bounds);
    return bounds;
  }
}

const checkCompressedSize = (data: Uint8Array, {maxBytes}: SizeBounds): void =>
  checkSize(data.length, {minBytes: 0, maxBytes: compressedSizeBytesMax(maxBytes)});

function checkSize(sizeBytes: number, {minBytes, maxBytes}: SizeBounds): void {
  if (sizeBytes >= minBytes && sizeBytes <= maxBytes) return;
  throw new InvalidFrameError(`${sizeBytes} bytes where ${minBytes} to ${maxBytes} may be`);
}
