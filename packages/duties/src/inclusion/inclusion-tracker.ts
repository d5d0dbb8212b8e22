import {holdsVote} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type AttesterDuty,
  type ChainEvent,
  type DutyJournal,
  type DutyKey,
  type Epoch,
  type InclusionSource,
  type Log,
  messageOf,
  type Root,
  type Slot,
  type SlotClock,
} from "@mote/core";
import type {SlotVote} from "../attestation/attestation-service.ts";
import {dutyKey} from "../duty-key.ts";
import {type Arrivals, withArrivals} from "../network/arrivals.ts";
import type {SlotService} from "../slot-service.ts";
import {Proposals} from "./proposals.ts";

interface OpenVote {
  readonly duty: AttesterDuty;
  readonly data: AttestationData;
}

interface CanonicalBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly held: readonly OpenVote[];
}

const NOT_HELD = "no block of the chain holds it, and its time is over";

/** Blocks walked back from one head at most: a gap that long is not closed block by block. */
const BLOCKS_PER_HEAD_MAX = 128;

/**
 * Follows each vote to the block that includes it, each block of ours into the chain, and both back when a reorg takes the block away. Works
 * beside the signing path.
 */
export class InclusionTracker implements SlotService {
  readonly #votes = new Map<Slot, OpenVote[]>();
  readonly #proposals: Proposals;
  readonly #lengths = new Map<Slot, Promise<readonly number[]>>();
  /** The canonical chain as far back as open votes reach, oldest first. */
  #chain: CanonicalBlock[] = [];
  #head: {root: Root; slot: Slot} | null = null;
  #headDone: Root | null = null;
  readonly #source: InclusionSource;
  readonly #journal: DutyJournal;
  readonly #slotClock: SlotClock;
  readonly #log: Log;
  readonly #arrivals: Pick<Arrivals, "ofVote"> | null;

  constructor(components: {
    readonly source: InclusionSource;
    readonly journal: DutyJournal;
    readonly slotClock: SlotClock;
    readonly log: Log;
    /** Null, or left out: nothing is known but what beacon nodes say. */
    readonly arrivals?: Pick<Arrivals, "ofVote"> | null;
  }) {
    this.#source = components.source;
    this.#journal = components.journal;
    this.#slotClock = components.slotClock;
    this.#log = components.log;
    this.#arrivals = components.arrivals ?? null;
    this.#proposals = new Proposals(components);
  }

  follow(vote: SlotVote): void {
    this.#votes.set(
      vote.data.slot,
      vote.duties.map((duty) => ({duty, data: vote.data})),
    );
  }

  followBlock(key: DutyKey, blockRoot: Root): void {
    this.#proposals.follow(key, blockRoot);
    // The head may be this very block, read before anybody knew that it was ours.
    if (this.#chain.some(({root}) => root === blockRoot)) this.#proposals.joined(blockRoot);
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind === "head") this.#head = {root: event.blockRoot, slot: event.slot};
  }

  /** Reads the blocks that are new since the last call. */
  async lookAhead(): Promise<void> {
    const head = this.#head;
    const oldest = this.#oldestSlot();
    if (head !== null && head.root !== this.#headDone && oldest !== null) {
      try {
        await this.#adopt(head.root, oldest);
        this.#headDone = head.root;
      } catch (error) {
        this.#log.debug("blocks not read", {reason: messageOf(error)});
      }
    }
    this.#closeOld();
  }

  /** No block before this slot can hold what is followed. */
  #oldestSlot(): Slot | null {
    const slots = [...[...this.#votes.keys()].map((slot) => slot + 1), ...this.#proposals.slots()];
    return slots.length === 0 ? null : (Math.min(...slots) as Slot);
  }

  async #adopt(head: Root, oldest: Slot): Promise<void> {
    const known = new Map(this.#chain.map(({root}, place) => [root, place]));
    const fresh: {root: Root; slot: Slot}[] = [];
    let root = head;
    while (!known.has(root) && fresh.length < BLOCKS_PER_HEAD_MAX) {
      const {slot, parentRoot} = await this.#source.blockHeader(root);
      if (slot < oldest) break;
      fresh.push({root, slot});
      root = parentRoot;
    }
    const common = known.get(root) ?? -1;
    for (const block of this.#chain.splice(common + 1)) this.#undo(block);
    for (const block of fresh.reverse()) {
      const held = await this.#read(block.root);
      this.#chain.push({...block, held});
      this.#proposals.joined(block.root);
    }
  }

  async #read(root: Root): Promise<OpenVote[]> {
    const held: OpenVote[] = [];
    for (const attestation of await this.#source.blockAttestations(root)) {
      const votes = this.#votes.get(attestation.data.slot) ?? [];
      if (votes.length === 0) continue;
      const lengths = await this.lengthsAt(attestation.data.slot);
      held.push(...votes.filter((vote) => isHeld(attestation, lengths, vote)));
    }
    const atMs = this.#slotClock.nowMs();
    for (const {duty} of held) this.#journal.reached(dutyKey("attestation", duty), "included", atMs);
    return held;
  }

  /** A vote that an earlier block of the chain holds too stays included. */
  #undo(block: CanonicalBlock): void {
    this.#proposals.left(block.root);
    const elsewhere = new Set(this.#chain.flatMap(({held}) => held));
    for (const vote of block.held) {
      if (!elsewhere.has(vote)) this.#journal.undone(dutyKey("attestation", vote.duty), "included");
    }
  }

  /** Of the committees of a slot of this or the last epochs, by committee index. Rejects when no beacon node answers. */
  async lengthsAt(slot: Slot): Promise<readonly number[]> {
    const lengths = this.#lengths.get(slot) ?? this.#source.committeeLengths(slot);
    this.#lengths.set(slot, lengths);
    try {
      return await lengths;
    } catch (error) {
      this.#lengths.delete(slot);
      throw error;
    }
  }

  /** From the end of the epoch after its target on a vote cannot be included any more. electra/beacon-chain.md, EIP-7045 */
  #closeOld(): void {
    const epoch = this.#slotClock.currentEpoch();
    for (const [slot, votes] of this.#votes) {
      if (this.#slotClock.epochOf(slot) + 2 > epoch) continue;
      const included = new Set(this.#chain.flatMap(({held}) => held));
      for (const vote of votes) {
        const key = dutyKey("attestation", vote.duty);
        if (included.has(vote)) this.#journal.close(key);
        else this.#journal.fail(key, "NOT_INCLUDED", withArrivals(NOT_HELD, this.#arrivals?.ofVote(vote.duty)));
      }
      this.#votes.delete(slot);
    }
    this.#proposals.closeOld(epoch, (root) => this.#chain.some((block) => block.root === root));
    const oldestSlot = this.#slotClock.firstSlotOf((epoch - 2) as Epoch);
    this.#chain = this.#chain.filter(({slot}) => slot >= oldestSlot);
    for (const slot of this.#lengths.keys()) if (slot < oldestSlot) this.#lengths.delete(slot);
  }
}

function isHeld(attestation: Attestation, committeeLengths: readonly number[], {duty, data}: OpenVote): boolean {
  const a = attestation.data;
  const isSame =
    a.index === data.index &&
    a.beaconBlockRoot === data.beaconBlockRoot &&
    a.target.root === data.target.root &&
    a.source.epoch === data.source.epoch &&
    a.source.root === data.source.root;
  return isSame && holdsVote(attestation, committeeLengths, duty);
}
