import type {AttestationRecord, BlockRecord, ConflictingRecord, Pubkey, SlashingProtection, Verdict} from "@mote/core";
import {
  areSlashableProposals,
  isSlashableAttestationData,
  type ProtectionStoreUnderTest,
  type SignedProposal,
  type SignedVote,
} from "@mote/testing";

/** One mistake that slashing protections were seen to make. */
export type Flaw =
  | "none"
  | "forgets on restart"
  | "checks and records in two steps"
  | "knows no surrounding votes"
  | "knows no surrounded votes"
  | "compares targets without roots"
  | "refuses late votes"
  | "names the wrong record"
  | "stores the source as the target"
  | "forgets blocks";

/** A protection in memory that scans all it ever accepted, with one flaw. */
export function naiveStore(flaw: Flaw): ProtectionStoreUnderTest {
  let votes = new Map<Pubkey, SignedVote[]>();
  let proposals = new Map<Pubkey, SignedProposal[]>();
  const protection: SlashingProtection = {
    recordAttestation: async (pubkey, vote) => {
      const verdict = judgeVote(votes.get(pubkey) ?? [], vote, flaw);
      if (flaw === "checks and records in two steps") await Promise.resolve();
      const stored = flaw === "stores the source as the target" ? {...vote, targetEpoch: vote.sourceEpoch} : vote;
      if (verdict.kind === "accepted") votes.set(pubkey, [...(votes.get(pubkey) ?? []), stored]);
      return verdict;
    },
    recordBlock: async (pubkey, proposal) => {
      const verdict = judgeProposal(proposals.get(pubkey) ?? [], proposal);
      if (verdict.kind === "accepted" && flaw !== "forgets blocks") {
        proposals.set(pubkey, [...(proposals.get(pubkey) ?? []), proposal]);
      }
      return verdict;
    },
    close: async () => {},
  };
  return {
    open: async () => {
      if (flaw === "forgets on restart") {
        votes = new Map();
        proposals = new Map();
      }
      return protection;
    },
    destroy: async () => {},
  };
}

function judgeVote(history: readonly SignedVote[], vote: SignedVote, flaw: Flaw): Verdict {
  if (vote.sourceEpoch > vote.targetEpoch) return {kind: "refused", reason: "SOURCE_AFTER_TARGET"};
  const sameTarget = history.find((other) => other.targetEpoch === vote.targetEpoch);
  if (sameTarget !== undefined) {
    const isSame = sameTarget.signingRoot === vote.signingRoot && sameTarget.sourceEpoch === vote.sourceEpoch;
    if (isSame || flaw === "compares targets without roots") return {kind: "already_signed"};
    return refuse("DOUBLE_VOTE", flaw === "names the wrong record" ? vote : sameTarget);
  }
  const inner = history.find((other) => isSlashableAttestationData(vote, other));
  if (inner !== undefined && flaw !== "knows no surrounding votes") return refuse("SURROUNDING_VOTE", inner);
  const outer = history.find((other) => isSlashableAttestationData(other, vote));
  if (outer !== undefined && flaw !== "knows no surrounded votes") return refuse("SURROUNDED_VOTE", outer);
  const last = history.at(-1);
  if (flaw === "refuses late votes" && last !== undefined && vote.targetEpoch < last.targetEpoch) {
    const conflict: ConflictingRecord = {
      kind: "watermark",
      sourceEpoch: last.sourceEpoch,
      targetEpoch: last.targetEpoch,
    };
    return {kind: "refused", reason: "TARGET_NOT_ABOVE_MINIMUM", conflict};
  }
  return {kind: "accepted"};
}

function judgeProposal(history: readonly SignedProposal[], proposal: SignedProposal): Verdict {
  if (history.some((other) => other.slot === proposal.slot && other.signingRoot === proposal.signingRoot)) {
    return {kind: "already_signed"};
  }
  const other = history.find((recorded) => areSlashableProposals(recorded, proposal));
  if (other === undefined) return {kind: "accepted"};
  return {kind: "refused", reason: "DOUBLE_PROPOSAL", conflict: {kind: "block", ...(other satisfies BlockRecord)}};
}

const refuse = (
  reason: "DOUBLE_VOTE" | "SURROUNDING_VOTE" | "SURROUNDED_VOTE",
  record: AttestationRecord,
): Verdict => ({
  kind: "refused",
  reason,
  conflict: {kind: "attestation", ...record},
});
