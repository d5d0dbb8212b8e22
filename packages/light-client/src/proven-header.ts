import {ssz} from "@lodestar/types";
import {type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {Header} from "./rules/light-client-header.ts";

/** A block's header that a sync committee vouches for, as other rooms use it. */
export interface ProvenHeader {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  readonly root: Root;
  readonly parentRoot: Root;
  readonly stateRoot: Root;
  readonly bodyRoot: Root;
  /** From Gloas on that of the block's parent. */
  readonly executionBlockHash: Root;
}

export function provenHeader({beacon, executionBlockHash}: Header): ProvenHeader {
  return {
    slot: beacon.slot as Slot,
    proposerIndex: beacon.proposerIndex as ValidatorIndex,
    root: rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon)),
    parentRoot: rootToHex(beacon.parentRoot),
    stateRoot: rootToHex(beacon.stateRoot),
    bodyRoot: rootToHex(beacon.bodyRoot),
    executionBlockHash: rootToHex(executionBlockHash),
  };
}
