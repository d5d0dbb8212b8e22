import type {Publisher, Slot, ValidatorIndex} from "@mote/core";
import type {SecondPath} from "./all-paths-publisher.ts";
import type {WholeBlock} from "./seen-block.ts";

export interface CountedGossipInit {
  readonly onVoteSent: (slot: Slot, validatorIndex: ValidatorIndex) => void;
  /** What a node has sent itself it does not receive. */
  readonly onBlockSent: (block: WholeBlock) => void;
}

/** Publishing by gossip, and what went to peers. */
export function countedGossip(gossip: SecondPath, init: CountedGossipInit): SecondPath {
  const publishAttestations: Publisher["publishAttestations"] = async (votes) => {
    const outcomes = await gossip.publishAttestations(votes);
    outcomes.forEach(({kind}, i) => {
      const vote = votes[i];
      if (kind === "accepted" && vote !== undefined) init.onVoteSent(vote.data.slot, vote.attesterIndex);
    });
    return outcomes;
  };
  const publishBlock: Publisher["publishBlock"] = async (block) => {
    const outcome = await gossip.publishBlock(block);
    const {produced} = block;
    if (outcome.kind === "accepted" && produced.kind !== "blinded") init.onBlockSent(produced.block);
    return outcome;
  };
  return {
    publishAttestations,
    publishBlock,
    publishAggregates: (items) => gossip.publishAggregates(items),
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
