import {ApiError} from "@lodestar/api/server";
import {rootToHex, type Slot} from "@mote/core";
import type {FlagFaultKind} from "../faults/fault-spec.ts";
import type {BeaconView} from "./beacon-view.ts";
import {wrongContribution, wrongPayloadAttestation} from "./lies/wrong-messages.ts";
import {type Methods, throwFailures} from "./methods.ts";
import {otherRequestsRead} from "./publish-methods.ts";

/** What the sync committee and the payload committee send in. */
export function committeePoolMethods(view: BeaconView): Methods<"beacon"> {
  return {
    submitPoolSyncCommitteeSignatures: async ({signatures}) => {
      await otherRequestsRead();
      const outcomes = view.chain.onSyncCommitteeMessages(signatures);
      throwFailures(
        "Some sync committee messages were refused",
        view.published("sync_committee", signatures, outcomes),
      );
    },
    submitPayloadAttestationMessages: async ({payloadAttestationMessages}) => {
      await otherRequestsRead();
      const outcomes = view.chain.onPayloadAttestations(payloadAttestationMessages);
      throwFailures(
        "Some payload attestations were refused",
        view.published("payload_attestation_message", payloadAttestationMessages, outcomes),
      );
    },
  };
}

/** What they ask for. */
export function committeeMethods(view: BeaconView): Methods<"validator"> {
  const tells = (lie: FlagFaultKind): boolean => view.faults.flags.has(lie);
  return {
    produceSyncCommitteeContribution: async ({slot, subcommitteeIndex, beaconBlockRoot}) => {
      view.refuseOptimistic();
      const contribution = view.chain.syncContribution(slot as Slot, subcommitteeIndex, rootToHex(beaconBlockRoot));
      if (contribution === null) throw new ApiError(404, "No sync committee message for this block is known here");
      return {data: tells("wrong-contribution") ? wrongContribution(contribution) : contribution};
    },
    publishContributionAndProofs: async ({contributionAndProofs}) => {
      await otherRequestsRead();
      const outcomes = view.chain.onContributions(contributionAndProofs);
      throwFailures(
        "Some contributions were refused",
        view.published("sync_committee_contribution_and_proof", contributionAndProofs, outcomes),
      );
    },
    producePayloadAttestationData: async ({slot}) => {
      if (!view.isGloas(slot as Slot)) throw new ApiError(400, `Slot ${slot} is before Gloas`);
      view.refuseOptimistic();
      const meta = {version: view.chain.config.getForkName(slot)};
      const data = slot > view.headSlot ? null : view.chain.payloadAttestationData(slot as Slot);
      // The library knows of no answer without data.
      if (data === null) return {status: 204, data: undefined as never, meta};
      return {data: tells("wrong-payload-attestation") ? wrongPayloadAttestation(data) : data, meta};
    },
    // Every message reaches this chain whatever subnets were asked for: these are taken note of by being read.
    prepareBeaconCommitteeSubnet: async () => {},
    prepareSyncCommitteeSubnets: async () => {},
  };
}
