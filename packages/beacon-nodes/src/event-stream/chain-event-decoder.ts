import {
  type ChainEvent,
  InvalidValueError,
  parseEpoch,
  parseRoot,
  parseSlot,
  parseUint,
  parseValidatorIndex,
  type Root,
  type ValidatorIndex,
} from "@mote/core";
import {parseBoundedJson} from "../http/bounded-json.ts";
import {SLASHING_INDICES_MAX} from "../limits.ts";
import {type JsonObject, parseList, parseObject} from "../routes/decode.ts";
import type {ServerSentEvent} from "./sse-parser.ts";

/** Topics of the Beacon API's event stream that Mote listens to. */
export const EVENT_TOPICS = [
  "head_v2",
  "head",
  "chain_reorg",
  "finalized_checkpoint",
  "attester_slashing",
  "proposer_slashing",
  "execution_payload_available",
] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** What is asked for, best first: one topic that a client does not know makes most of them refuse the whole stream. */
export const TOPIC_SETS: readonly (readonly EventTopic[])[] = [
  EVENT_TOPICS,
  // Gloas without the newest name for a head.
  without("head_v2"),
  // Fulu and Electra.
  without("head_v2", "execution_payload_available"),
  ["head", "chain_reorg", "finalized_checkpoint"],
  ["head"],
];

function without(...topics: readonly EventTopic[]): readonly EventTopic[] {
  return EVENT_TOPICS.filter((topic) => !topics.includes(topic));
}

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
      case "execution_payload_available": {
        const payload = parseData(data);
        const [slot, blockRoot] = [parseSlot(payload.slot, "slot"), parseRoot(payload.block_root, "block_root")];
        return {kind: "payload_available", beaconNode: this.#beaconNode, slot, blockRoot, receivedMs: this.#nowMs()};
      }
      case "attester_slashing":
        return this.#slashing(attesterSlashingIndices(parseData(data)));
      case "proposer_slashing":
        return this.#slashing([proposerSlashingIndex(parseData(data))]);
      default:
        return null;
    }
  }

  #slashing(validatorIndices: readonly ValidatorIndex[]): ChainEvent {
    return {kind: "slashing", beaconNode: this.#beaconNode, validatorIndices};
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

/** phase0/beacon-chain.md#attester-slashings: who is in both attestations. */
function attesterSlashingIndices(slashing: JsonObject): readonly ValidatorIndex[] {
  const [first, second] = ["attestation_1", "attestation_2"].map((field) => {
    const list = parseObject(slashing[field], field).attesting_indices;
    const indices = parseList(list, `${field}.attesting_indices`, SLASHING_INDICES_MAX);
    return new Set(indices.map((index) => parseValidatorIndex(index, `${field}.attesting_indices`)));
  });
  const slashed = [...(first ?? [])].filter((index) => second?.has(index));
  if (slashed.length === 0) throw new InvalidValueError("nobody is in both attestations of the slashing");
  return slashed;
}

/** phase0/beacon-chain.md#proposer-slashings */
function proposerSlashingIndex(slashing: JsonObject): ValidatorIndex {
  const [first, second] = ["signed_header_1", "signed_header_2"].map((field) => {
    const message = parseObject(parseObject(slashing[field], field).message, `${field}.message`);
    return parseValidatorIndex(message.proposer_index, `${field}.proposer_index`);
  });
  if (first === undefined || first !== second)
    throw new InvalidValueError("the slashing's headers are of two proposers");
  return first;
}

function parseData(text: string): JsonObject {
  return parseObject(parseBoundedJson(text), "event");
}
