import {
  MAX_ATTESTATIONS_ELECTRA,
  MAX_ATTESTER_SLASHINGS_ELECTRA,
  MAX_BLS_TO_EXECUTION_CHANGES,
  MAX_BUILDER_DEPOSIT_REQUESTS_PER_PAYLOAD,
  MAX_BUILDER_EXIT_REQUESTS_PER_PAYLOAD,
  MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD,
  MAX_PAYLOAD_ATTESTATIONS,
  MAX_PROPOSER_SLASHINGS,
  MAX_VOLUNTARY_EXITS,
  MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD,
} from "@lodestar/params";
import type {BeaconBlock, deneb, gloas} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {bytesToHex, type Epoch, type SlotTiming} from "@mote/core";
import type {GossipReason} from "./judgement.ts";

/** What is wrong with a block by its own content, whoever signed it; null when nothing is. electra, fulu and gloas/p2p-interface.md */
export function flawOfBlock(config: NetworkConfig, block: BeaconBlock, timing: SlotTiming): GossipReason | null {
  const epoch = Math.floor(block.slot / timing.slotsPerEpoch) as Epoch;
  const blobsMax = config.getMaxBlobsPerBlock(epoch);
  const {body} = block;
  return "signedExecutionPayloadBid" in body
    ? flawOfBidBlock(block as gloas.BeaconBlock, blobsMax)
    : flawOfFullBlock(block as deneb.BeaconBlock, blobsMax, timing);
}

function flawOfFullBlock({slot, body}: deneb.BeaconBlock, blobsMax: number, timing: SlotTiming): GossipReason | null {
  if (body.executionPayload.timestamp !== payloadTimestampSec(slot, timing)) return "wrong_timestamp";
  return body.blobKzgCommitments.length > blobsMax ? "too_many_blobs" : null;
}

/** bellatrix/beacon-chain.md, compute_time_at_slot */
const payloadTimestampSec = (slot: number, {genesisTimeSec, slotDurationMs}: SlotTiming): number =>
  genesisTimeSec + Math.floor((slot * slotDurationMs) / 1000);

function flawOfBidBlock({parentRoot, body}: gloas.BeaconBlock, blobsMax: number): GossipReason | null {
  const {message: bid} = body.signedExecutionPayloadBid;
  if (hasTooManyOperations(body) || hasTooManyRequests(body.parentExecutionRequests)) return "too_many_operations";
  if (bid.blobKzgCommitments.length > blobsMax) return "too_many_blobs";
  return bytesToHex(bid.parentBlockRoot) === bytesToHex(parentRoot) ? null : "wrong_bid";
}

/** verify_block_body_operation_limits: lists of these types have no bound of their own. */
const hasTooManyOperations = (body: gloas.BeaconBlockBody): boolean =>
  body.proposerSlashings.length > MAX_PROPOSER_SLASHINGS ||
  body.attesterSlashings.length > MAX_ATTESTER_SLASHINGS_ELECTRA ||
  body.attestations.length > MAX_ATTESTATIONS_ELECTRA ||
  body.deposits.length > 0 ||
  body.voluntaryExits.length > MAX_VOLUNTARY_EXITS ||
  body.blsToExecutionChanges.length > MAX_BLS_TO_EXECUTION_CHANGES ||
  body.payloadAttestations.length > MAX_PAYLOAD_ATTESTATIONS;

/** verify_execution_requests_limits */
const hasTooManyRequests = (requests: gloas.ExecutionRequests): boolean =>
  requests.withdrawals.length > MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD ||
  requests.consolidations.length > MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD ||
  requests.builderDeposits.length > MAX_BUILDER_DEPOSIT_REQUESTS_PER_PAYLOAD ||
  requests.builderExits.length > MAX_BUILDER_EXIT_REQUESTS_PER_PAYLOAD;
