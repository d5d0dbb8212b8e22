import {type ChainEvent, InvalidValueError, parseEpoch, parseRoot, parseSlot, parseUint, type Root} from "@mote/core";
import {type JsonObject, parseObject} from "../routes/decode.ts";
import type {ServerSentEvent} from "./sse-parser.ts";

/** Topics of the Beacon API's event stream that Mote listens to. */
export const EVENT_TOPICS = ["head_v2", "head", "chain_reorg", "finalized_checkpoint"] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** What is asked for, best first: one topic that a client does not know makes most of them refuse the whole stream. */
export const TOPIC_SETS: readonly (readonly EventTopic[])[] = [
  EVENT_TOPICS,
  ["head", "chain_reorg", "finalized_checkpoint"],
  ["head"],
];

/**
 * Events of one connection. Both head topics tell of one head, and `head_v2` tells of it again when its payload was seen (empty → full): a
 * head is one event until another takes its place.
 */
export class ChainEventDecoder {
  readonly #beaconNode: string;
  readonly #nowMs: () => number;
  #lastHead: Root | null = null;
  #headV2Seen = false;

  constructor(init: {readonly beaconNode: string}, components: {readonly nowMs: () => number}) {
    this.#beaconNode = init.beaconNode;
    this.#nowMs = components.nowMs;
  }

  /**
   * Null for what is no news.
   * @throws {InvalidValueError} when the event is not what its topic promises
   */
  decode({event, data}: ServerSentEvent): ChainEvent | null {
    switch (event) {
      case "head_v2": {
        // From the first on, `head` only repeats what `head_v2` says.
        this.#headV2Seen = true;
        const head = parseObject(parseData(data).data, "data");
        return this.#head(head, "current_epoch_dependent_root", "next_epoch_dependent_root");
      }
      case "head":
        if (this.#headV2Seen) return null;
        return this.#head(parseData(data), "previous_duty_dependent_root", "current_duty_dependent_root");
      case "chain_reorg": {
        const reorg = parseData(data);
        const [slot, depth] = [parseSlot(reorg.slot, "slot"), parseUint(reorg.depth, "depth")];
        return {kind: "chain_reorg", beaconNode: this.#beaconNode, slot, depth};
      }
      case "finalized_checkpoint": {
        const checkpoint = parseData(data);
        const [epoch, root] = [parseEpoch(checkpoint.epoch, "epoch"), parseRoot(checkpoint.block, "block")];
        return {kind: "finalized_checkpoint", beaconNode: this.#beaconNode, epoch, root};
      }
      default:
        return null;
    }
  }

  #head(head: JsonObject, currentField: string, nextField: string): ChainEvent | null {
    const receivedMs = this.#nowMs();
    const blockRoot = parseRoot(head.block, "block");
    if (blockRoot === this.#lastHead) return null;
    const event: ChainEvent = {
      kind: "head",
      beaconNode: this.#beaconNode,
      slot: parseSlot(head.slot, "slot"),
      blockRoot,
      currentEpochDependentRoot: parseRoot(head[currentField], currentField),
      nextEpochDependentRoot: parseRoot(head[nextField], nextField),
      receivedMs,
    };
    this.#lastHead = blockRoot;
    return event;
  }
}

function parseData(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidValueError("not JSON");
  }
  return parseObject(value, "event");
}
