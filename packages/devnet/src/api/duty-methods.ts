import {ApiError} from "@lodestar/api/server";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Epoch, hexToBytes, type Slot, type ValidatorIndex} from "@mote/core";
import type {ChainState} from "../chain/types.ts";
import type {BeaconView} from "./beacon-view.ts";
import {wrongSeats, wrongSlots} from "./lies/wrong-duties.ts";
import type {Methods} from "./methods.ts";

export function dutyMethods(view: BeaconView): Methods<"validator"> {
  const pubkeyOf = (index: number): Uint8Array => {
    const pubkey = view.chain.pubkeys[index];
    if (pubkey === undefined) throw new ApiError(500, `No public key of validator ${index}`);
    return hexToBytes(pubkey);
  };
  const how = () => view.faults.lies["wrong-duties"];
  const proposers = async (epoch: Epoch, dependentRoot: string | null) => {
    const state = dutyState(view, epoch);
    const inEpoch = state.epochCtx.epoch === epoch;
    const indices = inEpoch ? state.epochCtx.getBeaconProposers() : state.epochCtx.getBeaconProposersNextEpoch();
    const data = indices.map((validatorIndex, i) => ({
      slot: epoch * SLOTS_PER_EPOCH + i,
      validatorIndex,
      pubkey: pubkeyOf(validatorIndex),
    }));
    return {
      data: wrongSlots(how(), data),
      meta: {dependentRoot: known(dependentRoot), executionOptimistic: view.executionOptimistic},
    };
  };
  return {
    getAttesterDuties: async ({epoch, indices}) => {
      const duties = view.chain.attesterDuties(epoch as Epoch, indices as ValidatorIndex[], view.headRoot);
      if (duties === null)
        throw new ApiError(400, `Attester duties of epoch ${epoch} are not known yet, or not any more`);
      return {
        data: wrongSlots(how(), duties).map((duty) => ({...duty, pubkey: hexToBytes(duty.pubkey)})),
        meta: {
          dependentRoot: known(view.chain.dependentRoot(epoch as Epoch, view.headRoot)),
          executionOptimistic: view.executionOptimistic,
        },
      };
    },
    // v1 rests on the last block before the epoch, v2 (as the lookahead of Fulu has it) on the last before the one ahead of it.
    getProposerDuties: async ({epoch}) => {
      const last = (epoch * SLOTS_PER_EPOCH - 1) as Slot;
      return proposers(
        epoch as Epoch,
        last < 0 ? view.chain.genesis.blockRoot : view.chain.rootAtSlot(last, view.headRoot),
      );
    },
    getProposerDutiesV2: async ({epoch}) =>
      proposers(epoch as Epoch, view.chain.dependentRoot(epoch as Epoch, view.headRoot)),
    getSyncCommitteeDuties: async ({epoch, indices}) => {
      const state = view.headState();
      const seats = syncCommitteeSeats(state, epoch);
      const data = [...new Set(indices)].flatMap((validatorIndex) => {
        const validatorSyncCommitteeIndices = seats.get(validatorIndex);
        if (validatorSyncCommitteeIndices === undefined) return [];
        return [{pubkey: pubkeyOf(validatorIndex), validatorIndex, validatorSyncCommitteeIndices}];
      });
      return {data: wrongSeats(how(), data), meta: {executionOptimistic: view.executionOptimistic}};
    },
    getPtcDuties: async ({epoch, indices}) => {
      if (!view.isGloas((epoch * SLOTS_PER_EPOCH) as Slot)) throw new ApiError(400, `Epoch ${epoch} is before Gloas`);
      const state = dutyState(view, epoch as Epoch);
      // A state of before the fork has no committees yet, and an empty list would say that nobody has a duty.
      if (!view.isGloas(state.slot as Slot))
        throw new ApiError(400, `The payload committees of epoch ${epoch} are not known yet`);
      const wanted = new Set(indices);
      const data = Array.from({length: SLOTS_PER_EPOCH}, (_, i) => epoch * SLOTS_PER_EPOCH + i).flatMap((slot) =>
        // Members repeat in a small committee; a duty is one a validator and slot.
        [...new Set(state.epochCtx.getPayloadTimelinessCommittee(slot))]
          .filter((index) => wanted.has(index))
          .map((validatorIndex) => ({pubkey: pubkeyOf(validatorIndex), validatorIndex, slot})),
      );
      return {
        data: wrongSlots(how(), data),
        meta: {
          dependentRoot: known(view.chain.dependentRoot(epoch as Epoch, view.headRoot)),
          executionOptimistic: view.executionOptimistic,
        },
      };
    },
  };
}

/** A state whose caches hold `epoch`: the head's, carried into the current epoch when the head lies before it. */
function dutyState(view: BeaconView, epoch: Epoch): ChainState {
  const current = view.currentEpoch;
  if (epoch < current || epoch > current + 1) {
    throw new ApiError(400, `Duties are served for the current epoch ${current} and the next, not for ${epoch}`);
  }
  const start = (current * SLOTS_PER_EPOCH) as Slot;
  return view.headState(view.headSlot < start ? start : undefined);
}

function syncCommitteeSeats(state: ChainState, epoch: number): ReadonlyMap<number, number[]> {
  try {
    return state.epochCtx.getIndexedSyncCommitteeAtEpoch(epoch).validatorIndexMap;
  } catch {
    throw new ApiError(400, `The sync committee of epoch ${epoch} is not known yet, or not any more`);
  }
}

function known(dependentRoot: string | null): string {
  if (dependentRoot === null)
    throw new ApiError(503, "The block that these duties depend on is not available any more");
  return dependentRoot;
}
