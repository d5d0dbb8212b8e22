import {type altair, type LightClientBootstrap, ssz} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {hexToBytes, type Root} from "@mote/core";
import {currentSyncCommitteeGindex} from "./generalized-indices.ts";
import {type Header, hasFormAt, isValidHeader, upgradeHeader} from "./light-client-header.ts";
import {areEqual, depthOf, isValidNormalizedMerkleBranch} from "./merkle-branch.ts";
import type {LightClientRefusal} from "./refusal.ts";

/** What a light client knows; replaced as a whole, never changed. `LightClientStore` of the spec without what only a forced update needs. */
export interface LightClientState {
  readonly finalizedHeader: Header;
  /** Of the finalized header's period. */
  readonly currentSyncCommittee: altair.SyncCommittee;
  /** Null: not proven yet. */
  readonly nextSyncCommittee: altair.SyncCommittee | null;
  readonly optimisticHeader: Header;
  readonly previousMaxActiveParticipants: number;
  readonly currentMaxActiveParticipants: number;
}

export type Initialized =
  | {readonly kind: "initialized"; readonly state: LightClientState}
  | {readonly kind: "refused"; readonly reason: LightClientRefusal};

/** altair/light-client/sync-protocol.md, `initialize_light_client_store` */
export function initializeState(
  config: NetworkConfig,
  trustedRoot: Root,
  bootstrap: LightClientBootstrap,
): Initialized {
  const {header: wireHeader, currentSyncCommittee, currentSyncCommitteeBranch: branch} = bootstrap;
  const {beacon} = wireHeader;
  const gindex = currentSyncCommitteeGindex(config, beacon.slot);
  if (!hasFormAt(config, beacon.slot, wireHeader) || branch.length !== depthOf(gindex)) return refused("WRONG_FORMAT");
  if (!areEqual(ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon), hexToBytes(trustedRoot)))
    return refused("OTHER_BLOCK");
  const header = upgradeHeader(config, wireHeader);
  if (!isValidHeader(config, header)) return refused("INVALID_HEADER");
  const leaf = ssz.altair.SyncCommittee.hashTreeRoot(currentSyncCommittee);
  if (!isValidNormalizedMerkleBranch(leaf, branch, gindex, beacon.stateRoot)) return refused("UNPROVEN_COMMITTEE");
  return {
    kind: "initialized",
    state: {
      finalizedHeader: header,
      currentSyncCommittee,
      nextSyncCommittee: null,
      optimisticHeader: header,
      previousMaxActiveParticipants: 0,
      currentMaxActiveParticipants: 0,
    },
  };
}

const refused = (reason: LightClientRefusal): Initialized => ({kind: "refused", reason});
