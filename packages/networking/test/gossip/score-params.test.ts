import assert from "node:assert/strict";
import {createPeerScoreParams, type TopicScoreParams, validatePeerScoreParams} from "@libp2p/gossipsub/score";
import {peerScoreParams, SCORE_THRESHOLDS} from "../../src/gossip/score-params.ts";
import {siteOf} from "../../src/peers/addresses.ts";
import {chain} from "./support/chains.ts";

const MAINNET = {genesisTimeSec: 0, slotDurationMs: 12_000, slotsPerEpoch: 32};
const FAST = {genesisTimeSec: 0, slotDurationMs: 500, slotsPerEpoch: 8};

describe("peer scores", () => {
  const {topics} = chain();
  const params = createPeerScoreParams(peerScoreParams({timing: MAINNET, topics}, () => 0));
  const ofTopics = Object.values(params.topics);

  it("are what the library takes, at the speed of mainnet and of a devnet", () => {
    validatePeerScoreParams(params);
    validatePeerScoreParams(createPeerScoreParams(peerScoreParams({timing: FAST, topics}, () => 0)));
  });

  it("count every topic", () => {
    assert.deepEqual(
      Object.keys(params.topics),
      [...topics.all()].map(({name}) => name),
    );
  });

  it("let five invalid messages silence a peer's gossip and ten all of it, on any topic", () => {
    const scoreAfter = (count: number, {topicWeight, invalidMessageDeliveriesWeight}: TopicScoreParams) =>
      topicWeight * invalidMessageDeliveriesWeight * count ** 2;
    for (const topic of ofTopics) {
      assert.ok(scoreAfter(1, topic) + params.topicScoreCap < 0, "one outweighs all that can be earned");
      assert.ok(scoreAfter(4, topic) > SCORE_THRESHOLDS.gossipThreshold);
      assert.ok(scoreAfter(5, topic) < SCORE_THRESHOLDS.gossipThreshold);
      assert.ok(scoreAfter(9, topic) > SCORE_THRESHOLDS.graylistThreshold);
      assert.ok(scoreAfter(10, topic) < SCORE_THRESHOLDS.graylistThreshold);
    }
  });

  it("never punish a mesh for what it did not deliver", () => {
    for (const topic of ofTopics) {
      assert.deepEqual([topic.meshMessageDeliveriesWeight, topic.meshFailurePenaltyWeight], [0, 0]);
    }
  });

  it("take the peer manager's worst for deafness to gossip, and loopback for no crowd", () => {
    const worst = createPeerScoreParams(peerScoreParams({timing: MAINNET, topics}, () => -100));
    assert.equal(worst.appSpecificScore("x") * worst.appSpecificWeight, SCORE_THRESHOLDS.gossipThreshold);
    assert.ok(worst.IPColocationFactorWhitelist.has("127.0.0.1"));
    assert.ok(worst.IPColocationFactorWhitelist.has(siteOf("::1")));
  });
});
