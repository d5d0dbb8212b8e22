import {
  type altair,
  type LightClientFinalityUpdate,
  type LightClientOptimisticUpdate,
  type LightClientUpdate,
  ssz,
} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {finalizedRootGindex, nextSyncCommitteeGindex} from "./generalized-indices.ts";
import {type Header, hasFormAt, hasUnprovenExecution, isEmptyHeader, upgradeHeader} from "./light-client-header.ts";
import {depthOf, isEmptyBranch} from "./merkle-branch.ts";
import type {LightClientRefusal} from "./refusal.ts";

export type AnyUpdate = LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate;

/** An update of any kind and any fork, in the one form that the rules know. What it does not have is null instead of zeros. */
export interface UpgradedUpdate {
  readonly attestedHeader: Header;
  readonly next: {readonly committee: altair.SyncCommittee; readonly branch: readonly Uint8Array[]} | null;
  /** Its header is null while the chain has finalized nothing but its genesis. */
  readonly finality: {readonly header: Header | null; readonly branch: readonly Uint8Array[]} | null;
  readonly syncAggregate: altair.SyncAggregate;
  readonly signatureSlot: number;
}

export type Upgraded =
  | {readonly kind: "upgraded"; readonly update: UpgradedUpdate}
  | {readonly kind: "refused"; readonly reason: LightClientRefusal};

/**
 * Branches into the state have the length that they have at the attested slot, so that only headers, which may be older than the update, are normalized.
 * altair/light-client/p2p-interface.md: the attested slot gives the form on the wire. gloas/light-client/fork.md
 */
export function upgradeUpdate(config: NetworkConfig, update: AnyUpdate): Upgraded {
  const {slot} = update.attestedHeader.beacon;
  if (!hasFormAt(config, slot, update.attestedHeader)) return refused("WRONG_FORMAT");
  const next = nextOf(config, slot, update);
  if (next !== null && "reason" in next) return refused(next.reason);
  const finality = finalityOf(config, slot, update);
  if (finality !== null && "reason" in finality) return refused(finality.reason);
  const {syncAggregate, signatureSlot} = update;
  const attestedHeader = upgradeHeader(config, update.attestedHeader);
  return {kind: "upgraded", update: {attestedHeader, next, finality, syncAggregate, signatureSlot}};
}

/** What of an update is not there must be zeros altogether: nothing unproven comes along. */
function nextOf(
  config: NetworkConfig,
  slot: number,
  update: AnyUpdate,
): UpgradedUpdate["next"] | {readonly reason: LightClientRefusal} {
  if (!("nextSyncCommittee" in update)) return null;
  const {nextSyncCommittee: committee, nextSyncCommitteeBranch: branch} = update;
  if (branch.length !== depthOf(nextSyncCommitteeGindex(config, slot))) return {reason: "WRONG_FORMAT"};
  if (!isEmptyBranch(branch)) return {committee, branch};
  const {SyncCommittee} = ssz.altair;
  return SyncCommittee.equals(committee, SyncCommittee.defaultValue()) ? null : {reason: "UNPROVEN_COMMITTEE"};
}

function finalityOf(
  config: NetworkConfig,
  slot: number,
  update: AnyUpdate,
): UpgradedUpdate["finality"] | {readonly reason: LightClientRefusal} {
  if (!("finalizedHeader" in update)) return null;
  const {finalizedHeader, finalityBranch: branch} = update;
  const hasForm = hasFormAt(config, slot, finalizedHeader);
  if (!hasForm || branch.length !== depthOf(finalizedRootGindex(config, slot))) return {reason: "WRONG_FORMAT"};
  if (hasUnprovenExecution(config, finalizedHeader)) return {reason: "INVALID_HEADER"};
  const header = upgradeHeader(config, finalizedHeader);
  const isEmpty = isEmptyHeader(header);
  if (isEmptyBranch(branch)) return isEmpty ? null : {reason: "UNPROVEN_FINALITY"};
  // At the genesis slot stands no header: its root is zeros in the state.
  if (header.beacon.slot === 0) return isEmpty ? {header: null, branch} : {reason: "UNPROVEN_FINALITY"};
  return {header, branch};
}

const refused = (reason: LightClientRefusal): Upgraded => ({kind: "refused", reason});
