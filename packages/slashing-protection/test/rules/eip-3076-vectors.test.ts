import assert from "node:assert/strict";
import {existsSync, readdirSync, readFileSync} from "node:fs";
import {
  type AttestationRecord,
  type BlockRecord,
  parseEpoch,
  parseRoot,
  parseSlot,
  type Root,
  type Verdict,
} from "@mote/core";
import {judgeProposal, type ProposalSummary} from "../../src/rules/proposal-rules.ts";
import {judgeVote, type VoteSummary} from "../../src/rules/vote-rules.ts";

/** The official vectors (eth-clients/slashing-protection-interchange-tests), beside the repository. */
const VECTORS = new URL("../../../../../shared/vectors/eip-3076/", import.meta.url);

interface VoteJson {
  readonly source_epoch: string;
  readonly target_epoch: string;
  readonly signing_root?: string;
}
interface BlockJson {
  readonly slot: string;
  readonly signing_root?: string;
}
interface Attempt {
  readonly pubkey: string;
  readonly should_succeed_complete: boolean;
}
interface Vector {
  readonly steps: readonly {
    readonly should_succeed: boolean;
    readonly interchange: {
      readonly data: readonly {
        readonly pubkey: string;
        readonly signed_blocks: readonly BlockJson[];
        readonly signed_attestations: readonly VoteJson[];
      }[];
    };
    readonly blocks: readonly (BlockJson & Attempt)[];
    readonly attestations: readonly (VoteJson & Attempt)[];
  }[];
}

/** All records of one key and the minimum over them, by nothing but the definition. */
class Records {
  readonly votes: AttestationRecord[] = [];
  readonly blocks: BlockRecord[] = [];

  judgeVote(vote: AttestationRecord & {readonly signingRoot: Root}): Verdict {
    const sources = this.votes.map(({sourceEpoch}) => sourceEpoch).sort((a, b) => a - b);
    const targets = this.votes.map(({targetEpoch}) => targetEpoch).sort((a, b) => a - b);
    const [sourceEpoch, targetEpoch] = [sources[0], targets[0]];
    const [newestSourceEpoch, newestTargetEpoch] = [sources.at(-1), targets.at(-1)];
    const summary =
      this.votes.length > 0
        ? ({watermark: {sourceEpoch, targetEpoch}, newestSourceEpoch, newestTargetEpoch} as VoteSummary)
        : null;
    return judgeVote(vote, this.votes, summary);
  }

  judgeBlock(block: BlockRecord & {readonly signingRoot: Root}): Verdict {
    const slots = this.blocks.map(({slot}) => slot).sort((a, b) => a - b);
    const summary = {watermarkSlot: slots[0], newestSlot: slots.at(-1), keptCount: slots.length} as ProposalSummary;
    const sameSlot = this.blocks.filter(({slot}) => slot === block.slot);
    return judgeProposal(block, sameSlot, slots.length > 0 ? summary : null);
  }
}

describe("official EIP-3076 vectors: what may be signed under the complete strategy", () => {
  if (!existsSync(VECTORS)) {
    it(`NOT RUN: there are no vectors at ${VECTORS.pathname}`);
    return;
  }
  const names = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));

  it("are all there", () => assert.equal(names.length, 38));
  for (const name of names) {
    it(name.replace(".json", ""), () => playVector(JSON.parse(readFileSync(new URL(name, VECTORS), "utf8"))));
  }
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
      recordsOf(pubkey).blocks.push(...signed_blocks.map(parseBlock));
      recordsOf(pubkey).votes.push(...signed_attestations.map(parseVote));
    }
    for (const attempt of step.blocks) {
      const block = {...parseBlock(attempt), signingRoot: parseRoot(attempt.signing_root, "signing_root")};
      const verdict = recordsOf(attempt.pubkey).judgeBlock(block);
      assert.equal(verdict.kind !== "refused", attempt.should_succeed_complete, JSON.stringify({attempt, verdict}));
      if (verdict.kind === "accepted") recordsOf(attempt.pubkey).blocks.push(block);
    }
    for (const attempt of step.attestations) {
      const vote = {...parseVote(attempt), signingRoot: parseRoot(attempt.signing_root, "signing_root")};
      const verdict = recordsOf(attempt.pubkey).judgeVote(vote);
      assert.equal(verdict.kind !== "refused", attempt.should_succeed_complete, JSON.stringify({attempt, verdict}));
      if (verdict.kind === "accepted") recordsOf(attempt.pubkey).votes.push(vote);
    }
  }
}

const parseBlock = ({slot, signing_root}: BlockJson): BlockRecord => ({
  slot: parseSlot(slot, "slot"),
  signingRoot: signing_root === undefined ? null : parseRoot(signing_root, "signing_root"),
});

const parseVote = ({source_epoch, target_epoch, signing_root}: VoteJson): AttestationRecord => ({
  sourceEpoch: parseEpoch(source_epoch, "source_epoch"),
  targetEpoch: parseEpoch(target_epoch, "target_epoch"),
  signingRoot: signing_root === undefined ? null : parseRoot(signing_root, "signing_root"),
});
