import type {Pubkey, RefusalReason, Verdict} from "@mote/core";
import {memoryStores} from "../../src/slashing-protection/memory-store.ts";
import {KEY} from "../../src/slashing-protection/protection-trial.ts";
import type {SignedProposal, SignedVote} from "../../src/slashing-protection/slashability.ts";
import {
  SLASHING_PROTECTION_CHECKS,
  slashingProtectionContract,
} from "../../src/slashing-protection/slashing-protection-contract.ts";
import {declareFlaws} from "../support/flaws.ts";
import {EXPORT_FLAWS} from "./export-flaws.ts";
import {flawed as store} from "./flawed-store.ts";
import {IMPORT_FLAWS} from "./import-flaws.ts";
import {LOOKUP_FLAWS} from "./lookup-flaws.ts";

const ACCEPTED: Verdict = {kind: "accepted"};
const refused = (reason: RefusalReason): Verdict => ({kind: "refused", reason});

/** All verdicts changed. */
const changing = (change: (verdict: Verdict) => Verdict) =>
  store((sound) => ({
    recordAttestation: async (pubkey, vote) => change(await sound.recordAttestation(pubkey, vote)),
    recordBlock: async (pubkey, proposal) => change(await sound.recordBlock(pubkey, proposal)),
  }));

/** Accepts what it should refuse for this reason. */
const ignores = (reason: RefusalReason) =>
  changing((verdict) => (verdict.kind === "refused" && verdict.reason === reason ? ACCEPTED : verdict));

/** Refuses votes that have this about them, held against all votes accepted before. */
const refusesVotes = (isBad: (vote: SignedVote, earlier: readonly SignedVote[]) => boolean) =>
  store((sound) => {
    const votes: SignedVote[] = [];
    return {
      recordAttestation: async (pubkey, vote) => {
        if (isBad(vote, votes)) return refused("SOURCE_BELOW_MINIMUM");
        votes.push(vote);
        return sound.recordAttestation(pubkey, vote);
      },
    };
  });

describe("MemorySlashingProtection keeps the contract of its port", () => {
  slashingProtectionContract(memoryStores());
});

describe("the suite of SlashingProtection", () => {
  const wantsNewSources = refusesVotes((vote, earlier) => earlier.some((one) => one.sourceEpoch === vote.sourceEpoch));
  const wantsSourceBelowTarget = refusesVotes(({sourceEpoch, targetEpoch}) => sourceEpoch === targetEpoch);
  const wantsNewTargetsOnTop = refusesVotes((vote, earlier) =>
    earlier.some((one) => one.targetEpoch > vote.targetEpoch),
  );
  const knowsRootsOnly = store((sound) => {
    const roots = new Set<string>();
    return {
      recordAttestation: async (pubkey, vote) => {
        if (roots.has(vote.signingRoot)) return {kind: "already_signed"};
        roots.add(vote.signingRoot);
        return sound.recordAttestation(pubkey, vote);
      },
    };
  });
  const knowsNothingAgain = changing((verdict) => (verdict.kind === "already_signed" ? ACCEPTED : verdict));
  const remembersRefusals = store((sound) => {
    const targets = new Set<number>();
    return {
      recordAttestation: async (pubkey, vote) => {
        if (targets.has(vote.targetEpoch)) return refused("DOUBLE_VOTE");
        const verdict = await sound.recordAttestation(pubkey, vote);
        if (verdict.kind === "refused") targets.add(vote.targetEpoch);
        return verdict;
      },
    };
  });
  const wantsNewBlocksOnTop = store((sound) => {
    let highest = 0;
    return {
      recordBlock: async (pubkey: Pubkey, proposal: SignedProposal) => {
        if (proposal.slot < highest) return refused("SLOT_NOT_ABOVE_MINIMUM");
        highest = proposal.slot;
        return sound.recordBlock(pubkey, proposal);
      },
    };
  });
  const mixesBlocksAndVotes = store((sound) => ({
    recordBlock: async (pubkey, {slot, signingRoot}) =>
      sound.recordAttestation(pubkey, {sourceEpoch: slot, targetEpoch: slot, signingRoot} as unknown as SignedVote),
  }));
  const forgetsOnRestart = memoryStores(({sound, history}) => {
    history.keys.clear();
    return sound;
  });
  const checksAndRecordsInTwoSteps = store((sound) => {
    let underWay = 0;
    const overtaken = async (record: () => Promise<Verdict>): Promise<Verdict> => {
      if (underWay > 0) return ACCEPTED;
      underWay++;
      await null;
      const verdict = await record();
      underWay--;
      return verdict;
    };
    return {
      recordAttestation: (pubkey, vote) => overtaken(() => sound.recordAttestation(pubkey, vote)),
      recordBlock: (pubkey, proposal) => overtaken(() => sound.recordBlock(pubkey, proposal)),
    };
  });
  const hasOneKey = store((sound) => ({recordAttestation: (_, vote) => sound.recordAttestation(KEY, vote)}));
  const readsCapitalsAsAnotherKey = store((sound) => ({
    recordAttestation: (pubkey, vote) => sound.recordAttestation(/[A-F]/.test(pubkey) ? KEY : pubkey, vote),
  }));
  const takesAnyValue = store((sound) => ({
    recordAttestation: (pubkey, vote) => sound.recordAttestation(pubkey, vote).catch(() => ACCEPTED),
  }));
  const keeps32Bits = store((sound) => ({
    recordAttestation: (pubkey, {sourceEpoch, targetEpoch, signingRoot}) =>
      sound.recordAttestation(pubkey, {
        sourceEpoch: (sourceEpoch % 2 ** 32) as SignedVote["sourceEpoch"],
        targetEpoch: (targetEpoch % 2 ** 32) as SignedVote["targetEpoch"],
        signingRoot,
      }),
  }));
  const staysOpen = store(() => ({close: async () => {}}));

  declareFlaws(SLASHING_PROTECTION_CHECKS, {
    "accepts votes that go forward": wantsNewSources,
    "accepts a vote whose source is its target, as at genesis": wantsSourceBelowTarget,
    "accepts a late vote that conflicts with nothing": wantsNewTargetsOnTop,
    "refuses a source after the target": ignores("SOURCE_AFTER_TARGET"),
    "refuses another vote for the same target, naming the first": ignores("DOUBLE_VOTE"),
    "refuses a known root under another source": knowsRootsOnly,
    "refuses a vote that surrounds, naming the surrounded one": ignores("SURROUNDING_VOTE"),
    "refuses a vote that is surrounded, naming the surrounding one": ignores("SURROUNDED_VOTE"),
    "accepts equal sources and votes that only touch": wantsNewSources,
    "refuses what lies below the minimum, naming it": ignores("TARGET_NOT_ABOVE_MINIMUM"),
    "knows a vote again, the oldest and the newest too, before and after a restart": knowsNothingAgain,
    "judges after a restart as before it": forgetsOnRestart,
    "does not remember what it refused": remembersRefusals,
    "accepts one block a slot, late ones above the minimum too": wantsNewBlocksOnTop,
    "refuses another block for the same slot, naming the first": ignores("DOUBLE_PROPOSAL"),
    "refuses a slot below the minimum, naming it": ignores("SLOT_NOT_ABOVE_MINIMUM"),
    "knows a block again before and after a restart": knowsNothingAgain,
    "keeps blocks and votes apart": mixesBlocksAndVotes,
    ...LOOKUP_FLAWS,
    ...IMPORT_FLAWS,
    ...EXPORT_FLAWS,
    "accepts exactly one of ten double votes, on a new key": checksAndRecordsInTwoSteps,
    "accepts exactly one of ten double votes, on a known key": checksAndRecordsInTwoSteps,
    "accepts exactly one of ten votes that surround each other": checksAndRecordsInTwoSteps,
    "accepts one of ten equal votes and knows it nine times": checksAndRecordsInTwoSteps,
    "accepts exactly one of ten blocks for a slot": checksAndRecordsInTwoSteps,
    "decides in the order of the calls": checksAndRecordsInTwoSteps,
    "lets no key disturb another": hasOneKey,
    "takes a pubkey in capitals for the same key": readsCapitalsAsAnotherKey,
    "rejects values that are none, and remembers nothing of them": takesAnyValue,
    "keeps the highest values exactly": keeps32Bits,
    "finishes what is under way before it closes, and rejects what comes after": staysOpen,
  });
});
