import type {BeaconConfig} from "@lodestar/config";
import {ssz} from "@lodestar/types";
import type {ChainEvent} from "../chain/types.ts";
import type {LightClientNews} from "../light-client/light-client-server.ts";
import {versionOf} from "./light-client-methods.ts";

/** Topics that a subscription may name; those of the API that are not sent are refused like unknown ones. */
export const TOPICS: ReadonlySet<string> = new Set([
  "head",
  "head_v2",
  "block",
  "block_gossip",
  "chain_reorg",
  "finalized_checkpoint",
  "execution_payload_available",
  "attester_slashing",
  "proposer_slashing",
  "voluntary_exit",
  "bls_to_execution_change",
  "contribution_and_proof",
  "payload_attestation_message",
  "light_client_finality_update",
  "light_client_optimistic_update",
]);

export interface EventMessage {
  readonly topic: string;
  /** The JSON after `data:`. */
  readonly data: unknown;
}

/** What the API says of `event`: integers as strings, names in snake case. */
export function messagesOf(event: ChainEvent, config: BeaconConfig, executionOptimistic: boolean): EventMessage[] {
  const execution_optimistic = executionOptimistic;
  switch (event.kind) {
    case "head":
      return [
        {
          topic: "head",
          data: {
            slot: String(event.slot),
            block: event.block,
            state: event.state,
            epoch_transition: event.epochTransition,
            // The same two roots under their older names.
            previous_duty_dependent_root: event.currentEpochDependentRoot,
            current_duty_dependent_root: event.nextEpochDependentRoot,
            execution_optimistic,
          },
        },
        headV2(event, config, executionOptimistic),
      ];
    case "payload_full":
      return [headV2(event, config, executionOptimistic)];
    case "payload_available":
      return [{topic: "execution_payload_available", data: {slot: String(event.slot), block_root: event.block}}];
    case "block_gossip":
      return [{topic: "block_gossip", data: {slot: String(event.slot), block: event.block}}];
    case "block":
      return [{topic: "block", data: {slot: String(event.slot), block: event.block, execution_optimistic}}];
    case "attester_slashing":
      return [{topic: event.kind, data: ssz.electra.AttesterSlashing.toJson(event.message)}];
    case "proposer_slashing":
      return [{topic: event.kind, data: ssz.phase0.ProposerSlashing.toJson(event.message)}];
    case "voluntary_exit":
      return [{topic: event.kind, data: ssz.phase0.SignedVoluntaryExit.toJson(event.message)}];
    case "bls_to_execution_change":
      return [{topic: event.kind, data: ssz.capella.SignedBLSToExecutionChange.toJson(event.message)}];
    case "contribution_and_proof":
      return [{topic: event.kind, data: ssz.altair.SignedContributionAndProof.toJson(event.message)}];
    case "payload_attestation_message": {
      const version = config.getForkName(event.message.data.slot);
      return [{topic: event.kind, data: {version, data: ssz.gloas.PayloadAttestationMessage.toJson(event.message)}}];
    }
    case "chain_reorg":
      return [
        {
          topic: "chain_reorg",
          data: {
            slot: String(event.slot),
            depth: String(event.depth),
            old_head_block: event.oldHeadBlock,
            new_head_block: event.newHeadBlock,
            old_head_state: event.oldHeadState,
            new_head_state: event.newHeadState,
            epoch: String(event.epoch),
            execution_optimistic,
          },
        },
      ];
    case "finalized_checkpoint":
      return [
        {
          topic: "finalized_checkpoint",
          data: {block: event.block, state: event.state, epoch: String(event.epoch), execution_optimistic},
        },
      ];
  }
}

/** As {@link messagesOf}, of what light clients are told. */
export function lightClientMessageOf({kind, update}: LightClientNews, config: BeaconConfig): EventMessage {
  const version = versionOf(config, update);
  const types = config.getPostAltairForkTypes(update.attestedHeader.beacon.slot);
  const type =
    kind === "light_client_finality_update" ? types.LightClientFinalityUpdate : types.LightClientOptimisticUpdate;
  return {topic: kind, data: {version, data: type.toJson(update as never)}};
}

type HeadLike = Extract<ChainEvent, {readonly kind: "head" | "payload_full"}>;

function headV2(event: HeadLike, config: BeaconConfig, executionOptimistic: boolean): EventMessage {
  return {
    topic: "head_v2",
    data: {
      version: config.getForkName(event.slot),
      data: {
        slot: String(event.slot),
        block: event.block,
        state: event.state,
        // A block of an older fork carries its payload.
        payload_status: event.payloadStatus === "none" ? "full" : event.payloadStatus,
        epoch_transition: event.epochTransition,
        current_epoch_dependent_root: event.currentEpochDependentRoot,
        next_epoch_dependent_root: event.nextEpochDependentRoot,
        execution_optimistic: executionOptimistic,
      },
    },
  };
}
