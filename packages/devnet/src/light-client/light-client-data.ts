import type {BeaconConfig} from "@lodestar/config";
import {computeSyncPeriodAtSlot} from "@lodestar/state-transition";
import type {
  altair,
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
  SignedBeaconBlock,
} from "@lodestar/types";
import type {ChainState} from "../chain/types.ts";
import {headerAtFork, lightClientHeader} from "./light-client-headers.ts";
import {merkleBranch, type TreeNode} from "./merkle-branch.ts";

/** A block with its post-state. */
export interface BlockWithState {
  readonly signed: SignedBeaconBlock;
  readonly state: ChainState;
}

/** altair/light-client/full-node.md: `create_light_client_bootstrap` */
export function lightClientBootstrap(config: BeaconConfig, {signed, state}: BlockWithState): LightClientBootstrap {
  const view = lightClientState(config, state);
  return {
    header: lightClientHeader(config, signed),
    currentSyncCommittee: view.currentSyncCommittee,
    currentSyncCommitteeBranch: view.branch(["currentSyncCommittee"]),
  } as LightClientBootstrap;
}

/**
 * What the sync aggregate of `signed` says of its parent. altair/light-client/full-node.md: `create_light_client_update`
 * @param attested the parent of `signed`
 * @param finalized the block that the parent's state calls final; null when it is genesis or not known
 */
export function lightClientUpdate(
  config: BeaconConfig,
  signed: SignedBeaconBlock,
  {attested, finalized}: {readonly attested: BlockWithState; readonly finalized: SignedBeaconBlock | null},
): LightClientUpdate {
  const {slot: attestedSlot} = attested.signed.message;
  const {slot: signatureSlot} = signed.message;
  const view = lightClientState(config, attested.state);
  const none = config.getPostAltairForkTypes(attestedSlot).LightClientUpdate.defaultValue();
  const isSamePeriod = computeSyncPeriodAtSlot(attestedSlot) === computeSyncPeriodAtSlot(signatureSlot);
  // Genesis as the final block stands in the state as a zero root, and needs no header.
  const isFinalityProven = finalized !== null || view.isGenesisFinal;
  return {
    attestedHeader: lightClientHeader(config, attested.signed),
    nextSyncCommittee: isSamePeriod ? view.nextSyncCommittee : none.nextSyncCommittee,
    nextSyncCommitteeBranch: isSamePeriod ? view.branch(["nextSyncCommittee"]) : none.nextSyncCommitteeBranch,
    finalizedHeader:
      finalized === null
        ? none.finalizedHeader
        : headerAtFork(config, lightClientHeader(config, finalized), attestedSlot),
    finalityBranch: isFinalityProven ? view.branch(["finalizedCheckpoint", "root"]) : none.finalityBranch,
    syncAggregate: syncAggregateOf(signed),
    signatureSlot,
  } as LightClientUpdate;
}

/** Every fork of this chain has one. */
export const syncAggregateOf = ({message}: SignedBeaconBlock): altair.SyncAggregate =>
  (message.body as altair.BeaconBlockBody).syncAggregate;

export function finalityUpdateOf(update: LightClientUpdate): LightClientFinalityUpdate {
  const {attestedHeader, finalizedHeader, finalityBranch, syncAggregate, signatureSlot} = update;
  return {attestedHeader, finalizedHeader, finalityBranch, syncAggregate, signatureSlot} as LightClientFinalityUpdate;
}

export function optimisticUpdateOf(update: LightClientUpdate): LightClientOptimisticUpdate {
  const {attestedHeader, syncAggregate, signatureSlot} = update;
  return {attestedHeader, syncAggregate, signatureSlot} as LightClientOptimisticUpdate;
}

/** What light clients want of a state. Generalized indices are those of the type of its fork. */
function lightClientState(config: BeaconConfig, state: ChainState) {
  const type = config.getPostAltairForkTypes(state.slot).BeaconState;
  const {currentSyncCommittee, nextSyncCommittee, finalizedCheckpoint} = state as ChainState & {
    readonly [Name in "currentSyncCommittee" | "nextSyncCommittee"]: {
      toValue(): LightClientUpdate["nextSyncCommittee"];
    };
  };
  return {
    currentSyncCommittee: currentSyncCommittee.toValue(),
    nextSyncCommittee: nextSyncCommittee.toValue(),
    isGenesisFinal: finalizedCheckpoint.root.every((byte) => byte === 0),
    branch: (path: readonly string[]): Uint8Array[] =>
      merkleBranch(state.node as TreeNode, type.getPathInfo([...path]).gindex),
  };
}
