import assert from "node:assert/strict";
import type {PayloadAttestationDataOutcome, Slot} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {promptly} from "../contract/settling.ts";
import {
  type Asked,
  acceptAnything,
  type ChainDataUnderTest,
  takesNothingOfUnfitNodes,
  takesNothingThatIsRefused,
  untilOf,
} from "./chain-data-under-test.ts";

function askPayload(subject: ChainDataUnderTest, check = acceptAnything): Asked<PayloadAttestationDataOutcome> {
  const untilMs = untilOf(subject);
  const slot = subject.payload.slot as Slot;
  return {untilMs, asking: subject.chainData.payloadAttestationData({slot, untilMs, check})};
}

export const PAYLOAD_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  {
    name: "gives what was seen of a slot's payload",
    run: async (subject) => {
      assert.deepEqual(await promptly(askPayload(subject).asking), {kind: "data", data: subject.payload});
    },
  },
  {
    name: "says that there is nothing to vote on in a slot without a block",
    run: async (subject) => {
      subject.hidePayloadBlock();
      assert.deepEqual(await promptly(askPayload(subject).asking), {kind: "nothing"});
    },
  },
  ...takesNothingOfUnfitNodes("word on a payload", (subject) => askPayload(subject)),
  takesNothingThatIsRefused("word on a payload", (subject, check) => askPayload(subject, check)),
];
