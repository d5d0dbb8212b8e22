import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {FakeLog} from "@mote/testing";
import {Answers} from "../../src/reqresp/answers.ts";
import {type Protocol, protocolsOf} from "../../src/reqresp/protocols.ts";
import {METADATA} from "./support/parties.ts";
import {CONFIG, DIGESTS, REAL_CLOCK, slotClockOf, TestChain} from "./support/test-chain.ts";

const GOODBYE = protocolsOf(CONFIG).find(({name}) => name === "goodbye") as Protocol;
const REQUEST = ssz.phase0.Goodbye.serialize(129n);

describe("a goodbye", () => {
  let heard: bigint[];
  let answers: Answers;

  beforeEach(() => {
    heard = [];
    answers = new Answers(
      {config: CONFIG},
      {
        slotClock: slotClockOf(REAL_CLOCK),
        digests: DIGESTS,
        chain: new TestChain(),
        localMetadata: () => METADATA,
        onOffence: () => assert.fail("it is no offence"),
        news: {goodbye: (_, reason) => heard.push(reason)},
        log: new FakeLog(),
      },
    );
  });

  it("is heard of when its answer is out: who hears of it hangs up", async () => {
    const answer = answers.to({peer: "peer", protocol: GOODBYE, request: REQUEST});
    assert.deepEqual((await answer.next()).value?.ssz, REQUEST);
    assert.deepEqual(heard, []);
    assert.equal((await answer.next()).done, true);
    assert.deepEqual(heard, [129n]);
  });

  it("is heard of when its answer finds nobody any more", async () => {
    const answer = answers.to({peer: "peer", protocol: GOODBYE, request: REQUEST});
    await answer.next();
    await answer.return(undefined);
    assert.deepEqual(heard, [129n]);
  });
});
