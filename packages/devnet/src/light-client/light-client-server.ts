import {MIN_SYNC_COMMITTEE_PARTICIPANTS, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {computeSyncPeriodAtSlot} from "@lodestar/state-transition";
import {isBetterUpdate, toLightClientUpdateSummary} from "@lodestar/state-transition/light-client";
import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
} from "@lodestar/types";
import {type Root, rootToHex} from "@mote/core";
import {signedBlockOf} from "../chain/signed-block.ts";
import type {ChainBlock} from "../chain/types.ts";
import type {DevnetChain} from "../chain.ts";
import {
  type BlockWithState,
  finalityUpdateOf,
  lightClientBootstrap,
  lightClientUpdate,
  optimisticUpdateOf,
  syncAggregateOf,
} from "./light-client-data.ts";

export type LightClientNews =
  | {readonly kind: "light_client_finality_update"; readonly update: LightClientFinalityUpdate}
  | {readonly kind: "light_client_optimistic_update"; readonly update: LightClientOptimisticUpdate};

/** altair/light-client/p2p-interface.md: at most so many a request, and so far back they are held. */
const UPDATES_MAX = 128;
const BOOTSTRAPS_MAX = 128;
/** Blocks that were read are remembered so that they are not read again. */
const READ_BLOCKS_MAX = 1024;

/**
 * What the chain's light clients are served, made of its states: altair/light-client/full-node.md. Blocks are read when something is asked for or announced,
 * never in the turn in which a block comes.
 */
export class LightClientServer {
  readonly #chain: DevnetChain;
  /** By period of the attested header; oldest first. */
  readonly #best = new Map<number, LightClientUpdate>();
  /** Of blocks that were finalized, whose states may be gone. */
  readonly #bootstraps = new Map<Root, LightClientBootstrap>();
  readonly #read = new Set<Root>();
  #finality: LightClientFinalityUpdate | null = null;
  #optimistic: LightClientOptimisticUpdate | null = null;
  #announcedFinality: LightClientFinalityUpdate | null = null;
  #announcedOptimisticSlot = -1;

  constructor({chain}: {readonly chain: DevnetChain}) {
    this.#chain = chain;
    this.#keepBootstrap(chain.genesis.blockRoot);
    chain.subscribe((event) => {
      if (event.kind === "finalized_checkpoint") this.#keepBootstrap(event.block);
    });
  }

  /** Null when the block or its state is not held. */
  bootstrap(root: Root): LightClientBootstrap | null {
    return this.#bootstraps.get(root) ?? this.#makeBootstrap(root);
  }

  /** The best one of each period from `startPeriod` on, up to the first that is missing. */
  updates(startPeriod: number, count: number): LightClientUpdate[] {
    this.#readNewBlocks();
    const updates: LightClientUpdate[] = [];
    for (let period = startPeriod; updates.length < Math.min(count, UPDATES_MAX); period++) {
      const best = this.#best.get(period);
      if (best === undefined) break;
      updates.push(best);
    }
    return updates;
  }

  /** Null until a block is final. */
  finalityUpdate(): LightClientFinalityUpdate | null {
    this.#readNewBlocks();
    return this.#finality;
  }

  optimisticUpdate(): LightClientOptimisticUpdate | null {
    this.#readNewBlocks();
    return this.#optimistic;
  }

  /** What may go out now that has not yet: altair/light-client/p2p-interface.md, the rules of the two topics. */
  announcements(): LightClientNews[] {
    this.#readNewBlocks();
    const news: LightClientNews[] = [];
    const [finality, optimistic] = [this.#finality, this.#optimistic];
    if (finality !== null && isWorthForwarding(finality, this.#announcedFinality)) {
      this.#announcedFinality = finality;
      news.push({kind: "light_client_finality_update", update: finality});
    }
    if (optimistic !== null && optimistic.attestedHeader.beacon.slot > this.#announcedOptimisticSlot) {
      this.#announcedOptimisticSlot = optimistic.attestedHeader.beacon.slot;
      news.push({kind: "light_client_optimistic_update", update: optimistic});
    }
    return news;
  }

  #readNewBlocks(): void {
    const chain = this.#chain;
    const fresh: ChainBlock[] = [];
    for (let block = chain.block(chain.head.root); block?.signed != null; block = chain.block(block.parentRoot)) {
      if (this.#read.has(block.root) || fresh.length === READ_BLOCKS_MAX) break;
      fresh.push(block);
    }
    for (const block of fresh.reverse()) {
      this.#read.add(block.root);
      this.#readBlock(block);
    }
    trim(this.#read, READ_BLOCKS_MAX);
  }

  #readBlock({signed, parentRoot}: ChainBlock): void {
    const attested = this.#withState(parentRoot);
    if (signed === null || attested === null) return;
    if (participants({syncAggregate: syncAggregateOf(signed)}) < MIN_SYNC_COMMITTEE_PARTICIPANTS) return;
    const finalizedRoot = rootToHex(attested.state.finalizedCheckpoint.root);
    const finalized = this.#chain.block(finalizedRoot)?.signed ?? null;
    const update = lightClientUpdate(this.#chain.config, signed, {attested, finalized});
    this.#keepBest(update);
    if (isNewer(update, this.#optimistic)) this.#optimistic = optimisticUpdateOf(update);
    if (finalized !== null && isNewer(update, this.#finality) && !isWeaker(update, this.#finality))
      this.#finality = finalityUpdateOf(update);
  }

  #keepBest(update: LightClientUpdate): void {
    const period = computeSyncPeriodAtSlot(update.attestedHeader.beacon.slot);
    const best = this.#best.get(period);
    if (best !== undefined && !isBetterUpdate(toLightClientUpdateSummary(update), toLightClientUpdateSummary(best)))
      return;
    this.#best.set(period, update);
    trim(this.#best, UPDATES_MAX);
  }

  #keepBootstrap(root: Root): void {
    const bootstrap = this.#makeBootstrap(root);
    if (bootstrap !== null) this.#bootstraps.set(root, bootstrap);
    trim(this.#bootstraps, BOOTSTRAPS_MAX);
  }

  #makeBootstrap(root: Root): LightClientBootstrap | null {
    const found = this.#withState(root);
    return found === null ? null : lightClientBootstrap(this.#chain.config, found);
  }

  #withState(root: Root): BlockWithState | null {
    const block = this.#chain.block(root);
    const state = block === null ? null : this.#chain.stateAt(root);
    return block === null || state === null ? null : {signed: signedBlockOf(this.#chain.config, block), state};
  }
}

type SignedUpdate = Pick<LightClientUpdate, "attestedHeader" | "syncAggregate" | "signatureSlot">;

const participants = ({syncAggregate}: Pick<LightClientUpdate, "syncAggregate">): number =>
  syncAggregate.syncCommitteeBits.getTrueBitIndexes().length;
const hasSupermajority = (update: SignedUpdate): boolean => 3 * participants(update) >= 2 * SYNC_COMMITTEE_SIZE;

function isNewer(update: SignedUpdate, known: SignedUpdate | null): boolean {
  if (known === null) return true;
  const [slot, knownSlot] = [update.attestedHeader.beacon.slot, known.attestedHeader.beacon.slot];
  return slot === knownSlot ? update.signatureSlot > known.signatureSlot : slot > knownSlot;
}

/** Of the same finality, where two thirds had signed the one before. */
function isWeaker(update: LightClientUpdate, known: LightClientFinalityUpdate | null): boolean {
  if (known === null || update.finalizedHeader.beacon.slot > known.finalizedHeader.beacon.slot) return false;
  return hasSupermajority(known) && !hasSupermajority(update);
}

function isWorthForwarding(update: LightClientFinalityUpdate, before: LightClientFinalityUpdate | null): boolean {
  if (before === null) return true;
  const [slot, slotBefore] = [update.finalizedHeader.beacon.slot, before.finalizedHeader.beacon.slot];
  return slot === slotBefore ? hasSupermajority(update) && !hasSupermajority(before) : slot > slotBefore;
}

/** Forgets the oldest. */
function trim(kept: Map<unknown, unknown> | Set<unknown>, countMax: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= countMax) return;
    kept.delete(key);
  }
}
