import type {altair} from "@lodestar/types";
import {abbreviate, type FailureReason, type Root, rootToHex, type Slot} from "@mote/core";

/**
 * Whether a contribution is the one that was asked for. Null means yes. An empty one is no contribution: gossip refuses it.
 * altair/p2p-interface.md#sync_committee_contribution_and_proof
 */
export function checkContribution(
  contribution: altair.SyncCommitteeContribution,
  asked: {readonly slot: Slot; readonly subcommitteeIndex: number; readonly beaconBlockRoot: Root},
): {readonly reason: FailureReason; readonly detail: string} | null {
  if (contribution.slot !== asked.slot) return invalid(`contribution of slot ${contribution.slot}`);
  if (contribution.subcommitteeIndex !== asked.subcommitteeIndex) {
    return invalid(`contribution of subcommittee ${contribution.subcommitteeIndex}, not ${asked.subcommitteeIndex}`);
  }
  const root = rootToHex(contribution.beaconBlockRoot);
  if (root !== asked.beaconBlockRoot) {
    return invalid(`contribution to block ${abbreviate(root)}, not ${abbreviate(asked.beaconBlockRoot)}`);
  }
  return contribution.aggregationBits.uint8Array.some((byte) => byte !== 0) ? null : invalid("contribution of nobody");
}

const invalid = (detail: string) => ({reason: "BEACON_DATA_INVALID", detail}) as const;
