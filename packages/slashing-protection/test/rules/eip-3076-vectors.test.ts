import assert from "node:assert/strict";
import type {AttestationRecord, BlockRecord, Verdict} from "@mote/core";
import {highest, lowest, type SignedProposal, type SignedVote} from "@mote/testing";
import {judgeProposal} from "../../src/rules/proposal-rules.ts";
import {judgeVote} from "../../src/rules/vote-rules.ts";
import {
  blockRecordOf,
  forEachVector,
  signedProposalOf,
  signedVoteOf,
  type Vector,
  voteRecordOf,
} from "../support/eip-3076-vectors.ts";

/** All records of one key and the minimum over them, by nothing but the definition. */
class Records {
  readonly votes: AttestationRecord[] = [];
  readonly blocks: BlockRecord[] = [];

  judgeVote(vote: SignedVote): Verdict {
    if (this.votes.length === 0) return judgeVote(vote, [], null);
    const sources = this.votes.map(({sourceEpoch}) => sourceEpoch);
    const targets = this.votes.map(({targetEpoch}) => targetEpoch);
    return judgeVote(vote, this.votes, {
      watermark: {sourceEpoch: lowest(sources), targetEpoch: lowest(targets)},
      newestSourceEpoch: highest(sources),
      newestTargetEpoch: highest(targets),
    });
  }

  judgeBlock(block: SignedProposal): Verdict {
    if (this.blocks.length === 0) return judgeProposal(block, [], null);
    const slots = this.blocks.map(({slot}) => slot);
    const sameSlot = this.blocks.filter(({slot}) => slot === block.slot);
    return judgeProposal(block, sameSlot, {
      watermarkSlot: lowest(slots),
      newestSlot: highest(slots),
      keptCount: slots.length,
    });
  }
}

describe("official EIP-3076 vectors: what may be signed under the complete strategy", () => {
  forEachVector(playVector);
});

function playVector(vector: Vector): void {
  const keys = new Map<string, Records>();
  const recordsOf = (pubkey: string) => {
    const records = keys.get(pubkey) ?? new Records();
    keys.set(pubkey, records);
    return records;
  };
  for (const step of vector.steps) {
    for (const {pubkey, signed_blocks, signed_attestations} of step.should_succeed ? step.interchange.data : []) {
      recordsOf(pubkey).blocks.push(...signed_blocks.map(blockRecordOf));
      recordsOf(pubkey).votes.push(...signed_attestations.map(voteRecordOf));
    }
    for (const attempt of step.blocks) {
      const block = signedProposalOf(attempt);
      const verdict = recordsOf(attempt.pubkey).judgeBlock(block);
      assert.equal(verdict.kind !== "refused", attempt.should_succeed_complete, JSON.stringify({attempt, verdict}));
      if (verdict.kind === "accepted") recordsOf(attempt.pubkey).blocks.push(block);
    }
    for (const attempt of step.attestations) {
      const vote = signedVoteOf(attempt);
      const verdict = recordsOf(attempt.pubkey).judgeVote(vote);
      assert.equal(verdict.kind !== "refused", attempt.should_succeed_complete, JSON.stringify({attempt, verdict}));
      if (verdict.kind === "accepted") recordsOf(attempt.pubkey).votes.push(vote);
    }
  }
}
