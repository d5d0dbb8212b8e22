import assert from "node:assert/strict";
import type {AttestationData, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {fakeRoot} from "../../src/beacon-nodes/fake-answers.ts";
import {SentMessageWatch} from "../../src/simulation/sent-message-watch.ts";
import type {SentMessage} from "../../src/simulation/sent-messages.ts";

const FEES = `0x${"fe".repeat(20)}`;
const validatorIndex = 3 as ValidatorIndex;
const slot = 20 as Slot;

const vote = (source: number, target: number, dataRoot: Root, at: number = target * 8): SentMessage => ({
  kind: "vote",
  validatorIndex,
  slot: at as Slot,
  data: {source: {epoch: source as Epoch}, target: {epoch: target as Epoch}} as AttestationData,
  dataRoot,
});
const block = (root: Root, feeRecipient = FEES): SentMessage => ({
  kind: "block",
  validatorIndex,
  slot,
  root,
  parentRoot: fakeRoot(0),
  feeRecipient,
});
const payloadVote = (isPresent: boolean): SentMessage => ({
  kind: "payload_vote",
  validatorIndex,
  slot,
  root: fakeRoot(1),
  isPresent,
});

describe("the watch over messages that leave", () => {
  const offencesOf = (...messages: SentMessage[]): readonly string[] => {
    const watch = new SentMessageWatch({feeRecipient: FEES});
    for (const message of messages) watch.see(message);
    return watch.violations;
  };

  for (const [name, messages, offence] of [
    ["two votes for one target", [vote(1, 2, fakeRoot(1), 16), vote(1, 2, fakeRoot(2), 17)], /voted 1→2 and 1→2/],
    ["a vote that surrounds one", [vote(2, 3, fakeRoot(1)), vote(1, 4, fakeRoot(2))], /voted 2→3 and 1→4/],
    ["a vote that is surrounded", [vote(1, 4, fakeRoot(1)), vote(2, 3, fakeRoot(2))], /voted 1→4 and 2→3/],
    ["two blocks of one slot", [block(fakeRoot(1)), block(fakeRoot(2))], /proposed two blocks in slot 20/],
    ["a block that pays others", [block(fakeRoot(1), `0x${"ba".repeat(20)}`)], /the fees of slot 20 go to 0xbababa/],
    [
      "a payload that pays others",
      [{kind: "payload", slot, blockRoot: fakeRoot(1), feeRecipient: `0x${"ba".repeat(20)}`}],
      /the fees of slot 20 go to 0xbababa/,
    ],
    ["two votes on one payload", [payloadVote(true), payloadVote(false)], /payload of slot 20 .*two things/],
    [
      "a contribution to another head than was said",
      [
        {kind: "sync_message", validatorIndex, slot, root: fakeRoot(1)},
        {kind: "contribution", validatorIndex, slot, subcommitteeIndex: 0, root: fakeRoot(2)},
      ],
      /head of slot 20 .*two things/,
    ],
    [
      "an aggregate of other data than was voted",
      [vote(1, 2, fakeRoot(1), 20), {kind: "aggregate", validatorIndex, slot, dataRoot: fakeRoot(2)}],
      /vote of slot 20 .*two things/,
    ],
  ] as const satisfies readonly (readonly [string, readonly SentMessage[], RegExp])[])
    it(`sees ${name}`, () => assert.match(offencesOf(...messages).join("\n"), offence));

  it("has nothing against the same message twice, nor against messages of other slots", () => {
    const votes = [vote(1, 2, fakeRoot(1)), vote(1, 2, fakeRoot(1)), vote(2, 3, fakeRoot(2))];
    assert.deepEqual(offencesOf(...votes, block(fakeRoot(1)), block(fakeRoot(1)), payloadVote(true)), []);
  });
});
