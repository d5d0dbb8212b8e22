import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {
  DataAvailabilityStatus,
  ExecutionPayloadStatus,
  processSlots,
  stateTransition,
} from "@lodestar/state-transition";
import type {SignedBeaconBlock} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import type {ChainBlock, ChainState} from "./types.ts";

/** Eight epochs of the minimal preset: what rewards and slow clients ask for. */
const POST_STATES_MAX = 8 * SLOTS_PER_EPOCH;
/** Head and its rival, each at this and the next slot and epoch, with room for one that lags. */
const ADVANCED_STATES_MAX = 12;

const NO_CHECKS = {
  executionPayloadStatus: ExecutionPayloadStatus.valid,
  dataAvailabilityStatus: DataAvailabilityStatus.Available,
  verifyStateRoot: false,
  verifyProposer: false,
  verifySignatures: false,
  // The pre-state stays in use: it keeps its caches.
  dontTransferCache: true,
};
const ALL_CHECKS_BUT_PROPOSER = {...NO_CHECKS, verifyStateRoot: true, verifySignatures: true};

/**
 * The block's post-state, with its state root and each signature in its body checked. Throws when one does not hold. The proposer's signature is
 * for the caller, who looks at it before anything else.
 */
export function applyVerified(preState: ChainState, signed: SignedBeaconBlock): ChainState {
  return stateTransition(preState, signed, ALL_CHECKS_BUT_PROPOSER);
}

export function applyUnverified(preState: ChainState, signed: SignedBeaconBlock): ChainState {
  return stateTransition(preState, signed, NO_CHECKS);
}

export interface StateStoreComponents {
  readonly block: (root: Root) => ChainBlock | null;
}

/**
 * Post-states by block, and these advanced to later slots. Only so many are held: a state that was let go is made again from the
 * nearest ancestor that is held.
 */
export class StateStore {
  readonly #components: StateStoreComponents;
  /** Oldest first. */
  readonly #postStates = new Map<Root, ChainState>();
  /** By `root:slot`, least recently used first. */
  readonly #advanced = new Map<string, ChainState>();
  #finalizedRoot: Root;

  constructor(genesis: {readonly root: Root; readonly state: ChainState}, components: StateStoreComponents) {
    this.#components = components;
    this.#finalizedRoot = genesis.root;
    this.#postStates.set(genesis.root, genesis.state);
  }

  get size(): number {
    return this.#postStates.size + this.#advanced.size;
  }

  add(root: Root, postState: ChainState): void {
    this.#postStates.set(root, postState);
    for (const oldest of this.#postStates.keys()) {
      if (this.#postStates.size <= POST_STATES_MAX) break;
      // The root of all that can be made again.
      if (oldest !== this.#finalizedRoot) this.#postStates.delete(oldest);
    }
  }

  /** The post-state of the block, advanced to `slot` when that is later. Null when neither the state nor the way to it is known. */
  at(root: Root, slot?: Slot): ChainState | null {
    const postState = this.#postStates.get(root) ?? this.#rebuild(root);
    if (postState === null || slot === undefined || slot <= postState.slot) return postState;
    const key = `${root}:${slot}`;
    const known = this.#advanced.get(key);
    const state = known ?? processSlots(postState, slot, {dontTransferCache: true});
    // The root is part of what later slots need; made here, it is shared by all who advance from here.
    if (known === undefined) state.hashTreeRoot();
    this.#advanced.delete(key);
    this.#advanced.set(key, state);
    for (const oldest of this.#advanced.keys()) {
      if (this.#advanced.size <= ADVANCED_STATES_MAX) break;
      this.#advanced.delete(oldest);
    }
    return state;
  }

  /** @param orphaned blocks that finality ruled out */
  finalize(root: Root, orphaned: readonly Root[]): void {
    this.#finalizedRoot = root;
    for (const gone of orphaned) {
      if (this.#components.block(gone) === null) this.#postStates.delete(gone);
    }
    const state = this.at(root);
    if (state !== null && !this.#postStates.has(root)) this.#postStates.set(root, state);
  }

  #rebuild(root: Root): ChainState | null {
    const path: SignedBeaconBlock[] = [];
    let block = this.#components.block(root);
    let state: ChainState | undefined;
    while (block?.signed != null) {
      path.push(block.signed);
      state = this.#postStates.get(block.parentRoot);
      if (state !== undefined) break;
      block = this.#components.block(block.parentRoot);
    }
    if (state === undefined) return null;
    const rebuilt = path.reverse().reduce(applyUnverified, state);
    this.#postStates.set(root, rebuilt);
    return rebuilt;
  }
}
