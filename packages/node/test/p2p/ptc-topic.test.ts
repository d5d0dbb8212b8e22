import assert from "node:assert/strict";
import type {PtcDuty, Pubkey, Slot, ValidatorIndex} from "@mote/core";
import {PtcTopic} from "../../src/p2p/ptc-topic.ts";

const duty = (slot: number): PtcDuty => ({
  slot: slot as Slot,
  validatorIndex: 1 as ValidatorIndex,
  pubkey: `0x${"11".repeat(48)}` as Pubkey,
});

describe("the topic of payload attestations", () => {
  /** What was done with the topic before each of the slots. */
  function story(duties: readonly number[], slots: readonly number[]): string[] {
    const topic = new PtcTopic();
    topic.heard(duties.map(duty));
    return slots.map((slot) => {
      const done: string[] = [];
      const gossip = {
        subscribe: (kind: string) => void done.push(`join ${kind}`),
        unsubscribe: (kind: string) => void done.push(`leave ${kind}`),
      };
      topic.settle(slot as Slot, gossip);
      return done.join();
    });
  }

  const JOIN = "join payload_attestation_message";
  const LEAVE = "leave payload_attestation_message";

  it("is followed from two slots before a duty of ours to two after it", () =>
    assert.deepEqual(story([10], [7, 8, 9, 10, 11, 12, 13, 14]), ["", JOIN, "", "", "", "", LEAVE, ""]));

  it("is not left between two duties that are close", () =>
    assert.deepEqual(story([10, 14], [8, 10, 12, 13, 14, 17]), [JOIN, "", "", "", "", LEAVE]));

  it("is not followed without a duty", () => assert.deepEqual(story([], [1, 2, 3]), ["", "", ""]));
});
