import {
  CURRENT_SYNC_COMMITTEE_GINDEX,
  CURRENT_SYNC_COMMITTEE_GINDEX_ELECTRA,
  CURRENT_SYNC_COMMITTEE_GINDEX_GLOAS,
  EXECUTION_BLOCK_HASH_GINDEX,
  EXECUTION_BLOCK_HASH_GINDEX_DENEB,
  EXECUTION_BLOCK_HASH_GINDEX_GLOAS,
  FINALIZED_ROOT_GINDEX,
  FINALIZED_ROOT_GINDEX_ELECTRA,
  FINALIZED_ROOT_GINDEX_GLOAS,
  ForkSeq,
  NEXT_SYNC_COMMITTEE_GINDEX,
  NEXT_SYNC_COMMITTEE_GINDEX_ELECTRA,
  NEXT_SYNC_COMMITTEE_GINDEX_GLOAS,
} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";

/** Where the trees of states and bodies have what a light client is shown. Numbers of @lodestar/params; a test makes them anew from the SSZ types. */

/** gloas/light-client/sync-protocol.md, `finalized_root_gindex_at_slot` */
export const finalizedRootGindex = (config: NetworkConfig, slot: number): number =>
  ofState(config, slot, {
    altair: FINALIZED_ROOT_GINDEX,
    electra: FINALIZED_ROOT_GINDEX_ELECTRA,
    gloas: FINALIZED_ROOT_GINDEX_GLOAS,
  });

/** `current_sync_committee_gindex_at_slot` */
export const currentSyncCommitteeGindex = (config: NetworkConfig, slot: number): number =>
  ofState(config, slot, {
    altair: CURRENT_SYNC_COMMITTEE_GINDEX,
    electra: CURRENT_SYNC_COMMITTEE_GINDEX_ELECTRA,
    gloas: CURRENT_SYNC_COMMITTEE_GINDEX_GLOAS,
  });

/** `next_sync_committee_gindex_at_slot` */
export const nextSyncCommitteeGindex = (config: NetworkConfig, slot: number): number =>
  ofState(config, slot, {
    altair: NEXT_SYNC_COMMITTEE_GINDEX,
    electra: NEXT_SYNC_COMMITTEE_GINDEX_ELECTRA,
    gloas: NEXT_SYNC_COMMITTEE_GINDEX_GLOAS,
  });

/** Of the execution block hash in a block's body; null before Capella, whose light-client headers have none. */
export function executionBlockHashGindex(config: NetworkConfig, slot: number): number | null {
  const fork = config.getForkSeq(slot);
  if (fork >= ForkSeq.gloas) return EXECUTION_BLOCK_HASH_GINDEX_GLOAS;
  if (fork >= ForkSeq.deneb) return EXECUTION_BLOCK_HASH_GINDEX_DENEB;
  return fork >= ForkSeq.capella ? EXECUTION_BLOCK_HASH_GINDEX : null;
}

function ofState(
  config: NetworkConfig,
  slot: number,
  {altair, electra, gloas}: {readonly altair: number; readonly electra: number; readonly gloas: number},
): number {
  const fork = config.getForkSeq(slot);
  if (fork >= ForkSeq.gloas) return gloas;
  return fork >= ForkSeq.electra ? electra : altair;
}
