import assert from "node:assert/strict";
import {slotLine} from "../../src/devnet/slot-line.ts";
import {summarize, summaryLine} from "../../src/devnet/summary.ts";
import {FIGURES, STATUS} from "./fake-devnet.ts";

describe("the end of a run", () => {
  it("has exactly the promised keys, in their order", () => {
    assert.equal(
      JSON.stringify(summarize(FIGURES, {rssBytes: 5, p2p: null})),
      '{"slots":22,"finalizedEpoch":0,"justifiedEpoch":1,"attestations":{"expected":8,"published":8,"included":7,"missed":1,' +
        '"correctHead":7,"correctTarget":7},"proposals":{"expected":20,"included":19,"missed":1},' +
        '"syncCommittee":{"participation":0.96875},"payloadAttestations":{"expected":0,"included":0,"missed":0},' +
        '"aggregates":{"published":30,"rejected":0},"syncContributions":{"published":40,"rejected":0},"headToPublishMs":{"p50":7.5,"p99":21},"slashableMessages":0,"rssBytes":5}',
    );
  });

  it("has p2p at its end where there were peers, with nulls for what no node has said", () => {
    const votesByPath = {both: 5, apiOnly: 1, gossipOnly: 2};
    const figures = {...FIGURES, votesByPath};
    const said = {
      peers: 3,
      echoRate: 0.995,
      lightClientFinalizedEpoch: 4,
      vetoes: {source: 1, target: 2, head: 0},
      notProvable: 7,
    };
    assert.equal(
      JSON.stringify(summarize(figures, {rssBytes: 5, p2p: said}).p2p),
      '{"peers":3,"echoRate":0.995,"lightClientFinalizedEpoch":4,"vetoes":3,"vetoesByValue":{"source":1,"target":2,"head":0},' +
        '"notProvable":7,"votesByPath":{"both":5,"apiOnly":1,"gossipOnly":2}}',
    );
    const unsaid = summarize(figures, {rssBytes: null, p2p: null}).p2p;
    assert.deepEqual([unsaid?.peers, unsaid?.echoRate, unsaid?.vetoes], [null, null, 0]);
    assert.match(summaryLine(figures), / · 2 votes by gossip alone · /);
  });

  it("says the same in words", () => {
    assert.equal(
      summaryLine(FIGURES),
      "22 slots · finalised epoch 0 · 19 of 20 blocks proposed · 7 of 8 votes included, 1 missed · " +
        "12.5% of them without an aggregate · 96.9% of the sync committee · 0 slashable messages",
    );
    const gloas = {...FIGURES, payloadAttestations: {expected: 16, included: 15, missed: 1}};
    assert.match(summaryLine(gloas), / · 15 of 16 payload votes · /);
  });
});

describe("slotLine", () => {
  it("tells a slot in one line, with the beacon nodes that are in trouble", () => {
    assert.equal(
      slotLine(STATUS.recentSlots[0]!, STATUS, 8),
      "slot 21 · epoch 2 · justified 1 · finalised 0 · votes 2/4 · included 7/8 · 8.0 ms · bn1 down+delay=800ms",
    );
  });
});
