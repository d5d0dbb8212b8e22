import type {Publisher, Slot, ValidatorIndex} from "@mote/core";
import type {SecondPath} from "./all-paths-publisher.ts";

/** Publishing by gossip, and which votes went to peers. */
export function countedGossip(
  gossip: SecondPath,
  init: {readonly onVoteSent: (slot: Slot, validatorIndex: ValidatorIndex) => void},
): SecondPath {
  const publishAttestations: Publisher["publishAttestations"] = async (votes) => {
    const outcomes = await gossip.publishAttestations(votes);
    outcomes.forEach(({kind}, i) => {
      const vote = votes[i];
      if (kind === "accepted" && vote !== undefined) init.onVoteSent(vote.data.slot, vote.attesterIndex);
    });
    return outcomes;
  };
  return {
    publishAttestations,
    publishAggregates: (items) => gossip.publishAggregates(items),
    publishBlock: (block) => gossip.publishBlock(block),
    publishExecutionPayloadEnvelope: (envelope) => gossip.publishExecutionPayloadEnvelope(envelope),
    publishSyncCommitteeMessages: (items) => gossip.publishSyncCommitteeMessages(items),
    publishContributions: (items) => gossip.publishContributions(items),
    publishPayloadAttestations: (items) => gossip.publishPayloadAttestations(items),
    publishVoluntaryExit: (exit) => gossip.publishVoluntaryExit(exit),
    publishProposerPreferences: (items) => gossip.publishProposerPreferences(items),
    subscribeCommittees: (items) => gossip.subscribeCommittees(items),
    subscribeSyncCommittees: (items) => gossip.subscribeSyncCommittees(items),
  };
}
