import {ApiError} from "@lodestar/api/server";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {electra} from "@lodestar/types";
import {type CommitteeIndex, type Epoch, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {BeaconView} from "./beacon-view.ts";
import {wrongAggregate} from "./lies/wrong-messages.ts";
import {type Methods, throwFailures} from "./methods.ts";
import {otherRequestsRead} from "./publish-methods.ts";

export interface VoteArrivals {
  /** When the last byte of the request was received whose method is being called in this turn. Unix ms. */
  readonly lastByteMs: () => number;
  /** Told of the votes of one request, refused ones left out. */
  readonly onVotes: (votes: readonly electra.SingleAttestation[], lastByteMs: number) => void;
}

export function votePoolMethods(view: BeaconView, arrivals: VoteArrivals): Methods<"beacon"> {
  return {
    submitPoolAttestationsV2: async ({signedAttestations}) => {
      // The list's type is that of the fork in the request's header; on this chain every fork has single attestations.
      const votes = signedAttestations as electra.SingleAttestation[];
      const lastByteMs = arrivals.lastByteMs();
      await otherRequestsRead();
      const outcomes = view.chain.onSingleAttestations(votes);
      view.published("beacon_attestation", votes, outcomes);
      arrivals.onVotes(
        votes.filter((_, i) => outcomes[i]?.kind !== "refused"),
        lastByteMs,
      );
      throwFailures("Some attestations were refused", outcomes);
    },
  };
}

export function attesterMethods(view: BeaconView): Methods<"validator"> {
  return {
    produceAttestationData: async ({slot, committeeIndex}) => {
      if (committeeIndex === undefined && !view.isGloas(slot as Slot)) {
        throw new ApiError(400, "committee_index is required before Gloas");
      }
      // One slot of tolerance for a client whose clock is a little ahead.
      if (slot > view.chain.currentSlot + 1 || slot + SLOTS_PER_EPOCH < view.currentSlot) {
        throw new ApiError(400, `Slot ${slot} is not near the current slot ${view.chain.currentSlot}`);
      }
      view.refuseOptimistic();
      const data = view.attestationData(slot as Slot);
      if (data === null) throw new ApiError(503, "The state of the head is not available any more");
      return {data};
    },
    getAggregatedAttestationV2: async ({attestationDataRoot, slot, committeeIndex}) => {
      const aggregate = view.chain.aggregate(
        rootToHex(attestationDataRoot),
        slot as Slot,
        committeeIndex as CommitteeIndex,
      );
      if (aggregate === null) throw new ApiError(404, "No vote for these data is known here");
      const data = view.faults.flags.has("wrong-aggregate") ? wrongAggregate(aggregate) : aggregate;
      return {data, meta: {version: view.chain.config.getForkName(slot)}};
    },
    publishAggregateAndProofsV2: async ({signedAggregateAndProofs}) => {
      const aggregates = signedAggregateAndProofs as electra.SignedAggregateAndProof[];
      await otherRequestsRead();
      const outcomes = view.chain.onAggregates(aggregates);
      throwFailures("Some aggregates were refused", view.published("beacon_aggregate_and_proof", aggregates, outcomes));
    },
    getLiveness: async ({epoch, indices}) => {
      if (epoch > view.currentEpoch || epoch + 1 < view.currentEpoch) {
        throw new ApiError(400, `Liveness is known for the current epoch ${view.currentEpoch} and the one before`);
      }
      return {data: view.chain.liveness(epoch as Epoch, indices as ValidatorIndex[]).map((one) => ({...one}))};
    },
  };
}
