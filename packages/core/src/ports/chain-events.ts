import type {Epoch, Root, Slot, ValidatorIndex} from "../primitives.ts";
import type {Cancel} from "./clock.ts";

/** What beacon nodes tell by themselves. `beaconNode` is the name of the one that said it. */
export type ChainEvent =
  | {
      readonly kind: "head";
      readonly beaconNode: string;
      readonly slot: Slot;
      readonly blockRoot: Root;
      /** attester(epoch of `slot`) rests on this block: start(epoch−1)−1. */
      readonly currentEpochDependentRoot: Root;
      /** attester(epoch of `slot` + 1) rests on this block: start(epoch)−1. */
      readonly nextEpochDependentRoot: Root;
      readonly receivedMs: number;
    }
  /** Gloas: the payload and the blobs of this block are there. */
  | {
      readonly kind: "payload_available";
      readonly beaconNode: string;
      readonly slot: Slot;
      readonly blockRoot: Root;
      readonly receivedMs: number;
    }
  /** A proof that these validators are to be slashed is on its way into a block. */
  | {readonly kind: "slashing"; readonly beaconNode: string; readonly validatorIndices: readonly ValidatorIndex[]}
  | {readonly kind: "chain_reorg"; readonly beaconNode: string; readonly slot: Slot; readonly depth: number}
  | {readonly kind: "finalized_checkpoint"; readonly beaconNode: string; readonly epoch: Epoch; readonly root: Root}
  /** The event stream of this node stands (again): what it said meanwhile was missed. */
  | {readonly kind: "connected"; readonly beaconNode: string};

export interface ChainEvents {
  /** One subscription a call. Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: ChainEvent) => void): Cancel;
}
