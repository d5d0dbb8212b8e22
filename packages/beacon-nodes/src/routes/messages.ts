import type {ChainData, Publisher} from "@mote/core";

/** Messages that are only signed and passed on, by the ports' own words. */

type ItemOf<Name extends keyof Publisher> = Parameters<Publisher[Name]>[0] extends readonly (infer Item)[]
  ? Item
  : never;

export type SyncCommitteeMessage = ItemOf<"publishSyncCommitteeMessages">;
export type SignedContributionAndProof = ItemOf<"publishContributions">;
export type SyncCommitteeContribution = Awaited<ReturnType<ChainData["syncCommitteeContribution"]>>;
export type PayloadAttestationMessage = ItemOf<"publishPayloadAttestations">;
export type PayloadAttestationData = PayloadAttestationMessage["data"];
export type SignedVoluntaryExit = Parameters<Publisher["publishVoluntaryExit"]>[0];
export type SignedProposerPreferences = ItemOf<"publishProposerPreferences">;
export type SignedValidatorRegistration = ItemOf<"registerValidators">;
