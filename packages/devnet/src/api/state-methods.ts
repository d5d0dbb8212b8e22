import {ApiError} from "@lodestar/api/server";
import {FAR_FUTURE_EPOCH, SLOTS_PER_EPOCH, SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import type {phase0, ValidatorStatus} from "@lodestar/types";
import type {Epoch, Slot} from "@mote/core";
import {VALIDATOR_STATUSES} from "@mote/core";
import type {ChainState} from "../chain/types.ts";
import type {BeaconView, ResolvedState} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";
import type {ValidatorIndexes} from "./validator-indexes.ts";

interface ValidatorFilter {
  readonly stateId: string | number;
  readonly validatorIds?: readonly (string | number)[];
  readonly statuses?: readonly string[];
}

export function stateMethods(view: BeaconView, indexes: ValidatorIndexes): Methods<"beacon"> {
  const metaOf = (resolved: ResolvedState) => ({
    executionOptimistic: view.executionOptimistic,
    finalized: resolved.finalized,
  });
  const validators = async ({stateId, validatorIds, statuses}: ValidatorFilter) => {
    const resolved = view.state(String(stateId));
    const wanted = readStatuses(statuses);
    const list = validatorIds?.length
      ? indexes.indicesOf(validatorIds)
      : Array.from({length: resolved.state.validators.length}, (_, index) => index);
    const data = list
      .map((index) => describeValidator(resolved.state, index))
      .filter(({status}) => wanted === null || wanted.has(status));
    return {data, meta: metaOf(resolved)};
  };
  return {
    getStateRoot: async ({stateId}) => {
      const resolved = view.state(String(stateId));
      return {data: {root: resolved.state.hashTreeRoot()}, meta: metaOf(resolved)};
    },
    getStateFork: async ({stateId}) => {
      const resolved = view.state(String(stateId));
      return {data: resolved.state.fork.toValue(), meta: metaOf(resolved)};
    },
    getStateFinalityCheckpoints: async ({stateId}) => {
      const resolved = view.state(String(stateId));
      return {
        data: {
          previousJustified: resolved.state.previousJustifiedCheckpoint.toValue(),
          currentJustified: resolved.state.currentJustifiedCheckpoint.toValue(),
          finalized: resolved.state.finalizedCheckpoint.toValue(),
        },
        meta: metaOf(resolved),
      };
    },
    getStateValidators: validators,
    postStateValidators: validators,
    getStateValidator: async ({stateId, validatorId}) => {
      const resolved = view.state(String(stateId));
      const [index] = indexes.indicesOf([validatorId]);
      if (index === undefined) throw new ApiError(404, `No validator ${validatorId}`);
      return {data: describeValidator(resolved.state, index), meta: metaOf(resolved)};
    },
    postStateValidatorIdentities: async ({stateId, validatorIds}) => {
      const resolved = view.state(String(stateId));
      const list = validatorIds?.length
        ? indexes.indicesOf(validatorIds)
        : Array.from({length: resolved.state.validators.length}, (_, index) => index);
      const data = list.map((index) => {
        const {pubkey, activationEpoch} = resolved.state.validators.getReadonly(index).toValue();
        return {index, pubkey, activationEpoch};
      });
      return {data, meta: metaOf(resolved)};
    },
    getEpochSyncCommittees: async ({stateId, epoch}) => {
      const resolved = view.state(String(stateId));
      const validators = syncCommitteeOf(resolved.state, epoch);
      const size = Math.ceil(validators.length / SYNC_COMMITTEE_SUBNET_COUNT);
      const validatorAggregates = Array.from({length: SYNC_COMMITTEE_SUBNET_COUNT}, (_, subcommittee) =>
        validators.slice(subcommittee * size, (subcommittee + 1) * size),
      );
      return {data: {validators, validatorAggregates}, meta: metaOf(resolved)};
    },
    getEpochCommittees: async ({stateId, epoch, index, slot}) => {
      const resolved = view.state(String(stateId));
      const stateEpoch = Math.floor(resolved.state.slot / SLOTS_PER_EPOCH);
      const wanted = (epoch ?? stateEpoch) as Epoch;
      if (Math.abs(wanted - stateEpoch) > 1)
        throw new ApiError(400, `Epoch ${wanted} is too far from the state's ${stateEpoch}`);
      if (slot !== undefined && Math.floor(slot / SLOTS_PER_EPOCH) !== wanted) {
        throw new ApiError(400, `Slot ${slot} is not in epoch ${wanted}`);
      }
      const committees = view.chain.committees(wanted, view.headRoot);
      if (committees === null) throw new ApiError(404, `No committees are known for epoch ${wanted}`);
      const data = committees
        .filter((one) => (slot === undefined || one.slot === slot) && (index === undefined || one.index === index))
        .map((one) => ({slot: one.slot, index: one.index, validators: [...one.validators]}));
      return {data, meta: metaOf(resolved)};
    },
  };
}

function syncCommitteeOf(state: ChainState, epoch?: number): number[] {
  const wanted = epoch ?? Math.floor(state.slot / SLOTS_PER_EPOCH);
  try {
    return [...state.epochCtx.getIndexedSyncCommitteeAtEpoch(wanted).validatorIndices];
  } catch {
    throw new ApiError(400, `Epoch ${wanted} is outside of the state's sync committee periods`);
  }
}

function readStatuses(statuses: readonly string[] | undefined): ReadonlySet<string> | null {
  if (statuses === undefined || statuses.length === 0) return null;
  const wanted = new Set<string>();
  for (const status of statuses) {
    // The API lets "active" stand for everything that begins with it.
    const matching = VALIDATOR_STATUSES.filter((one) => one === status || one.startsWith(`${status}_`));
    if (matching.length === 0) throw new ApiError(400, `Invalid validator status: ${status}`);
    for (const one of matching) wanted.add(one);
  }
  return wanted;
}

function describeValidator(state: ChainState, index: number) {
  const validator = state.validators.getReadonly(index).toValue();
  return {index, balance: state.balances.get(index), status: statusOf(validator, state.slot as Slot), validator};
}

/** Status names and their order are those of the Beacon API's `ValidatorStatus`. */
export function statusOf(validator: phase0.Validator, slot: Slot): ValidatorStatus {
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
  if (epoch < validator.activationEpoch) {
    return validator.activationEligibilityEpoch === FAR_FUTURE_EPOCH ? "pending_initialized" : "pending_queued";
  }
  if (epoch < validator.exitEpoch) {
    if (validator.exitEpoch === FAR_FUTURE_EPOCH) return "active_ongoing";
    return validator.slashed ? "active_slashed" : "active_exiting";
  }
  if (epoch < validator.withdrawableEpoch) return validator.slashed ? "exited_slashed" : "exited_unslashed";
  return validator.effectiveBalance > 0 ? "withdrawal_possible" : "withdrawal_done";
}
