import {ApiError} from "@lodestar/api/server";
import {ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import type {phase0} from "@lodestar/types";
import type {Epoch, Root, Slot} from "@mote/core";
import type {GossipTypes} from "@mote/networking";
import type {ChainBlock, ChainCheckpoint, ChainState, SubmitOutcome} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import {type EndpointFaults, NO_FAULTS} from "../faults/fault-plan.ts";
import type {ValidatorMessage, ValidatorMessageKind} from "../p2p/message.ts";
import {wrongData} from "./lies/wrong-data.ts";
import {wrongSource} from "./lies/wrong-source.ts";

export interface ResolvedBlock {
  readonly block: ChainBlock;
  readonly canonical: boolean;
  readonly finalized: boolean;
}

export interface ResolvedState {
  readonly state: ChainState;
  readonly finalized: boolean;
}

export interface BeaconViewComponents {
  readonly chain: DevnetChain;
  /** Told of each message that came by the API and was taken. */
  readonly onPublished: (message: ValidatorMessage) => void;
}

/** A state or a block is looked for this many blocks back from the head when it is named by its state root or its parent. */
const SEARCH_DEPTH_BLOCKS = 256;

/** The chain as one endpoint shows it: the truth, or with a fault over it. Everything that the API answers is read through a view. */
export class BeaconView {
  readonly name: string;
  readonly chain: DevnetChain;
  #faults: EndpointFaults = NO_FAULTS;
  #stuckAt: Root | null = null;

  readonly #onPublished: (message: ValidatorMessage) => void;

  constructor(init: {readonly name: string}, components: BeaconViewComponents) {
    this.name = init.name;
    this.chain = components.chain;
    this.#onPublished = components.onPublished;
  }

  /**
   * Passes on what came to this endpoint and was taken, whether or not the chain had it by another one.
   * @returns the outcomes, in the order of the values
   */
  published<Kind extends ValidatorMessageKind>(
    kind: Kind,
    values: readonly GossipTypes[Kind][],
    outcomes: readonly SubmitOutcome[],
  ): readonly SubmitOutcome[] {
    values.forEach((value, i) => {
      if (outcomes[i]?.kind !== "refused") this.#onPublished({kind, value} as ValidatorMessage);
    });
    return outcomes;
  }

  get faults(): EndpointFaults {
    return this.#faults;
  }

  setFaults(faults: EndpointFaults): void {
    const isStuck = faults.flags.has("stuck-head");
    if (isStuck && this.#stuckAt === null) this.#stuckAt = this.chain.head.root;
    if (!isStuck) this.#stuckAt = null;
    this.#faults = faults;
  }

  get isStuck(): boolean {
    return this.#stuckAt !== null;
  }

  get executionOptimistic(): boolean {
    return this.#faults.flags.has("optimistic");
  }

  /** @throws {ApiError} 503, as the API asks of a node that is to give something to sign on a head that it has not verified */
  refuseOptimistic(): void {
    if (this.executionOptimistic) throw new ApiError(503, "The head is not verified by an execution client");
  }

  get headRoot(): Root {
    return this.#stuckAt ?? this.chain.head.root;
  }

  get headSlot(): Slot {
    return this.#stuckAt === null ? this.chain.head.slot : (this.chain.block(this.#stuckAt)?.slot ?? (0 as Slot));
  }

  /** At least 0: before genesis the API speaks of slot 0. */
  get currentSlot(): Slot {
    return Math.max(this.chain.currentSlot, 0) as Slot;
  }

  get currentEpoch(): Epoch {
    return Math.floor(this.currentSlot / SLOTS_PER_EPOCH) as Epoch;
  }

  get justified(): ChainCheckpoint {
    return this.isStuck ? readCheckpoint(this.headState().currentJustifiedCheckpoint) : this.chain.justified;
  }

  get finalized(): ChainCheckpoint {
    return this.isStuck ? readCheckpoint(this.headState().finalizedCheckpoint) : this.chain.finalized;
  }

  /** @throws {ApiError} 503 when the state is pruned, as happens under a head that has been stuck for long */
  headState(slot?: Slot): ChainState {
    const state = this.chain.stateAt(this.headRoot, slot);
    if (state === null) throw new ApiError(503, "The state of the head is not available any more");
    return state;
  }

  /** @throws {ApiError} 400 for an id of no known form, 404 for one that names nothing here */
  state(stateId: string): ResolvedState {
    if (stateId === "head") return {state: this.headState(), finalized: false};
    if (stateId === "genesis") return this.#stateOf(this.chain.genesis.blockRoot, undefined, stateId);
    if (stateId === "finalized" || stateId === "justified") {
      const {root, epoch} = stateId === "finalized" ? this.finalized : this.justified;
      return this.#stateOf(root, (epoch * SLOTS_PER_EPOCH) as Slot, stateId);
    }
    const slot = readSlot(stateId);
    if (slot !== null) {
      const root = slot > this.headSlot ? null : this.chain.rootAtSlot(slot, this.headRoot);
      if (root === null) throw new ApiError(404, `No state at slot ${slot}`);
      return this.#stateOf(root, slot, stateId);
    }
    const block = isRoot(stateId) ? this.#search((candidate) => candidate.stateRoot === stateId.toLowerCase()) : null;
    if (block !== null) return this.#stateOf(block.root, undefined, stateId);
    throw isRoot(stateId)
      ? new ApiError(404, `No state ${stateId}`)
      : new ApiError(400, `Invalid state ID: ${stateId}`);
  }

  /** @throws {ApiError} 400 for an id of no known form, 404 for one that names nothing here */
  block(blockId: string): ResolvedBlock {
    const root = this.#blockRoot(blockId);
    const block = root === null ? null : this.chain.block(root);
    if (block === null) throw new ApiError(404, `No block ${blockId}`);
    return this.describe(block);
  }

  describe(block: ChainBlock): ResolvedBlock {
    const canonical = block.slot <= this.headSlot && this.chain.rootAtSlot(block.slot, this.headRoot) === block.root;
    return {block, canonical, finalized: canonical && block.slot <= this.finalized.epoch * SLOTS_PER_EPOCH};
  }

  childrenOf(parentRoot: string): ChainBlock[] {
    const child = this.#search((block) => block.parentRoot === parentRoot);
    return child === null ? [] : [child];
  }

  /** What a validator that trusts this endpoint would sign at `slot`; null when the head's state is gone. */
  attestationData(slot: Slot): phase0.AttestationData | null {
    const data = this.chain.attestationData(slot, this.headRoot);
    const {"wrong-source": howSource, "wrong-data": howData} = this.#faults.lies;
    if (data === null || (howSource === undefined && howData === undefined)) return data;
    // Field by field: a spread would take the root along that SSZ keeps in a value once hashed.
    const {index, beaconBlockRoot, target} = data;
    const source = howSource === undefined ? data.source : wrongSource(howSource, data, this);
    const told = {slot, index, beaconBlockRoot, source, target};
    return howData === undefined ? told : wrongData(howData, told, this.chain);
  }

  isGloas(slot: Slot): boolean {
    return this.chain.config.getForkSeq(slot) >= ForkSeq.gloas;
  }

  #blockRoot(blockId: string): Root | null {
    if (blockId === "head") return this.headRoot;
    if (blockId === "genesis") return this.chain.genesis.blockRoot;
    if (blockId === "finalized") return this.finalized.root;
    if (blockId === "justified") return this.justified.root;
    const slot = readSlot(blockId);
    if (slot !== null) {
      if (slot > this.headSlot) return null;
      return slot === 0 ? this.chain.genesis.blockRoot : (this.chain.blockAtSlot(slot, this.headRoot)?.root ?? null);
    }
    if (isRoot(blockId)) return blockId.toLowerCase() as Root;
    throw new ApiError(400, `Invalid block ID: ${blockId}`);
  }

  #stateOf(root: Root, slot: Slot | undefined, stateId: string): ResolvedState {
    const state = this.chain.stateAt(root, slot);
    if (state === null) throw new ApiError(404, `The state ${stateId} is not available any more`);
    return {state, finalized: state.slot <= this.finalized.epoch * SLOTS_PER_EPOCH};
  }

  #search(matches: (block: ChainBlock) => boolean): ChainBlock | null {
    let block = this.chain.block(this.headRoot);
    for (let depth = 0; block !== null && depth < SEARCH_DEPTH_BLOCKS; depth++) {
      if (matches(block)) return block;
      block = block.slot === 0 ? null : this.chain.block(block.parentRoot);
    }
    return null;
  }
}

const isRoot = (id: string): boolean => /^0x[0-9a-fA-F]{64}$/.test(id);

function readSlot(id: string): Slot | null {
  return /^\d{1,15}$/.test(id) ? (Number(id) as Slot) : null;
}

function readCheckpoint(checkpoint: {readonly epoch: number; readonly root: Uint8Array}): ChainCheckpoint {
  return {epoch: checkpoint.epoch as Epoch, root: `0x${Buffer.from(checkpoint.root).toString("hex")}` as Root};
}
