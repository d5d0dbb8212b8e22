import type {Pubkey} from "@mote/core";
import {explanationBy} from "../../src/slashing-protection/memory-history.ts";
import type {NewProtectionStore} from "../../src/slashing-protection/protection-trial.ts";
import {flawed} from "./flawed-store.ts";

const namesTheLast = flawed((_, history) => ({
  newest: async (pubkey) => {
    const {votes, proposals} = history.of(pubkey);
    const [vote, proposal] = [votes.at(-1), proposals.at(-1)];
    if (vote === undefined && proposal === undefined) return null;
    const {sourceEpoch = null, targetEpoch = null} = vote ?? {};
    return {sourceEpoch, targetEpoch, slot: proposal?.slot ?? null};
  },
}));
const takesNoSlotForTheFirst = flawed((sound) => ({
  newest: async (pubkey) => {
    const newest = await sound.newest(pubkey);
    return newest && {...newest, sourceEpoch: newest.sourceEpoch ?? (0 as never)};
  },
}));
const takesNoRootForAnother = flawed((sound) => ({
  explains: async (pubkey, vote) => {
    const explanation = await sound.explains(pubkey, vote);
    return explanation === "unknown_root" ? "other" : explanation;
  },
}));
const looksAtTheFirstOnly = flawed((_, history) => ({
  explains: async (pubkey, {targetEpoch, signingRoot}) => {
    const first = history.of(pubkey).votes.find((vote) => vote.targetEpoch === targetEpoch);
    return explanationBy(first === undefined ? [] : [first.signingRoot], signingRoot);
  },
}));
const doesNotFreeze = flawed(() => ({freeze: async () => {}}));
const freezesForGood = (): NewProtectionStore => {
  const frozen = new Set<Pubkey>();
  return flawed((sound) => ({
    freeze: async (pubkey) => {
      await sound.freeze(pubkey);
      frozen.add(pubkey);
    },
    recordAttestation: async (pubkey, vote) =>
      frozen.has(pubkey) ? {kind: "refused", reason: "KEY_FROZEN"} : sound.recordAttestation(pubkey, vote),
  }));
};
const doesNotThaw = flawed(() => ({thaw: async () => {}}));
const forgetsWhenThawed = flawed((sound, history) => ({
  thaw: async (pubkey) => {
    await sound.thaw(pubkey);
    history.of(pubkey).votes.splice(0);
  },
}));

export const LOOKUP_FLAWS: Readonly<Record<string, NewProtectionStore>> = {
  "names the newest records of a key, late ones aside, before and after a restart": namesTheLast,
  "names the newest records of a key that only imports have": takesNoSlotForTheFirst,
  "explains a vote by what is on record for its target": takesNoRootForAnother,
  "explains a vote of which an import has two": looksAtTheFirstOnly,
  "decides what was asked before a freeze, and refuses what comes after it": doesNotFreeze,
  "exports the last vote of a frozen key, and lets it vote again once reopened": freezesForGood(),
  "lets a thawed key sign again, and only that one": doesNotThaw,
  "holds a thawed key to what it signed before the freeze, and to what came meanwhile": forgetsWhenThawed,
};
