import type {NetworkLookups} from "@mote/beacon-nodes";
import {
  type AttesterDuties,
  type ChainEvents,
  type CommitteeIndex,
  type Epoch,
  hexToBytes,
  type Log,
  messageOf,
  type ProposerDuties,
  type Pubkey,
  type Root,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {ValidatorRegistry} from "@mote/duties";
import type {GossipChainView} from "@mote/networking";
import {BoundedSet} from "./bounded-set.ts";
import {OwnCommittees} from "./own-committees.ts";
import {SyncCommittees} from "./sync-committees.ts";

export interface ChainViewComponents {
  readonly lookups: Pick<NetworkLookups, "committee" | "syncCommittee" | "agreedValidatorIdentities">;
  readonly registry: Pick<ValidatorRegistry, "validatorAt">;
  readonly chainEvents: Pick<ChainEvents, "subscribe">;
  /** Proven, and not what a beacon node says; null while nothing is. */
  readonly finalizedEpoch: () => Epoch | null;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** The sync committee, four committees in each of five slots, and what is on its way in and out. */
const PUBKEYS_MAX = 12_288;
/** Two epochs of mainnet, and forks. */
const BLOCKS_MAX = 256;

/**
 * What gossip is held against, from duties that are asked for anyway and a few small questions beside them. It answers from memory; nobody waits for a beacon
 * node.
 */
export class BeaconNodeChainView implements GossipChainView {
  readonly #committees: OwnCommittees;
  readonly #syncCommittees: SyncCommittees;
  readonly #proposers = new Map<Epoch, ReadonlyMap<Slot, ValidatorIndex>>();
  /** In the order of their last use, so that the oldest can go. */
  readonly #pubkeys = new Map<ValidatorIndex, Uint8Array>();
  /** As bytes; no more than this process ever had keys. */
  readonly #ownPubkeys = new Map<Pubkey, Uint8Array>();
  readonly #blocks = new BoundedSet<Root>({sizeMax: BLOCKS_MAX});
  readonly #c: ChainViewComponents;
  #isLearning = false;

  constructor(init: {readonly syncCommitteeSize: number}, components: ChainViewComponents) {
    this.#c = components;
    this.#committees = new OwnCommittees(components);
    this.#syncCommittees = new SyncCommittees({size: init.syncCommitteeSize}, components);
    components.chainEvents.subscribe((event) => {
      if (event.kind === "head") this.sawBlock(event.blockRoot);
    });
  }

  heardAttesterDuties(answer: AttesterDuties): void {
    this.#committees.heard(answer);
  }

  /** Who proposes, by one node's word. Not with which keys: those stand beside ours when a proof against us is verified. */
  heardProposerDuties({epoch, duties}: ProposerDuties): void {
    this.#proposers.set(epoch, new Map(duties.map(({slot, validatorIndex}) => [slot, validatorIndex])));
    const now = this.#c.slotClock.currentEpoch();
    for (const old of this.#proposers.keys()) if (old < now - 1) this.#proposers.delete(old);
  }

  sawBlock(root: Root): void {
    this.#blocks.add(root);
  }

  /** Asks for what is needed soon and not known yet. Called when nothing else is under way; never rejects. */
  async learn(): Promise<void> {
    if (this.#isLearning) return;
    this.#isLearning = true;
    try {
      // Each by itself: a node that has no route for the one still tells the other.
      await this.#learnMembers("the proposers", async () => this.#proposersFromNow());
      await this.#learnMembers("committees", () => this.#committees.learn());
      await this.#learnMembers("the sync committee", () => this.#syncCommittees.learn());
    } finally {
      this.#isLearning = false;
    }
  }

  proposerAt(slot: Slot): ValidatorIndex | null {
    return this.#proposers.get(this.#c.slotClock.epochOf(slot))?.get(slot) ?? null;
  }

  committee(slot: Slot, committeeIndex: CommitteeIndex): readonly ValidatorIndex[] | null {
    return this.#committees.members(slot, committeeIndex);
  }

  committeesPerSlot(epoch: Epoch): number | null {
    return this.#committees.perSlot(epoch);
  }

  /** Of a validator of ours the key that it signs with: whoever could name another one for it could sign evidence against us. */
  pubkeyOf(index: ValidatorIndex): Uint8Array | null {
    const own = this.#c.registry.validatorAt(index);
    if (own === null) return this.#pubkeys.get(index) ?? null;
    const known = this.#ownPubkeys.get(own.pubkey) ?? hexToBytes(own.pubkey);
    this.#ownPubkeys.set(own.pubkey, known);
    return known;
  }

  syncCommitteeAt(slot: Slot): readonly ValidatorIndex[] | null {
    return this.#syncCommittees.at(slot);
  }

  hasBlock(root: Root): boolean {
    return this.#blocks.has(root);
  }

  finalizedEpoch(): Epoch | null {
    return this.#c.finalizedEpoch();
  }

  isOurs(index: ValidatorIndex): boolean {
    return this.#c.registry.validatorAt(index) !== null;
  }

  #proposersFromNow(): ValidatorIndex[] {
    const now = this.#c.slotClock.currentEpoch();
    return [...this.#proposers].flatMap(([epoch, bySlot]) => (epoch >= now ? [...bySlot.values()] : []));
  }

  async #learnMembers(what: string, learn: () => Promise<readonly ValidatorIndex[]>): Promise<void> {
    try {
      const members = new Set(await learn());
      const unknown: ValidatorIndex[] = [];
      for (const index of members) {
        const pubkey = this.#pubkeys.get(index);
        if (pubkey === undefined) unknown.push(index);
        else this.#keep(index, pubkey);
      }
      for (const {index, pubkey} of await this.#c.lookups.agreedValidatorIdentities(unknown)) this.#keep(index, pubkey);
    } catch (error) {
      this.#c.log.debug("not learnt from beacon nodes, so messages of others are passed over", {
        what,
        reason: messageOf(error),
      });
    }
  }

  #keep(index: ValidatorIndex, pubkey: Uint8Array): void {
    this.#pubkeys.delete(index);
    this.#pubkeys.set(index, pubkey);
    for (const oldest of this.#pubkeys.keys()) {
      if (this.#pubkeys.size <= PUBKEYS_MAX) break;
      this.#pubkeys.delete(oldest);
    }
  }
}
