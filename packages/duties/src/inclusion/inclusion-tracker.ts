import {holdsVote} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type AttesterDuty,
  type ChainEvent,
  type DutyJournal,
  type Epoch,
  type InclusionSource,
  type Log,
  messageOf,
  type Root,
  type Slot,
  type SlotClock,
} from "@mote/core";
import {attestationKey} from "../attestation/attestation-duties.ts";
import type {SlotVote} from "../attestation/attestation-service.ts";

interface OpenVote {
  readonly duty: AttesterDuty;
  readonly data: AttestationData;
}

interface CanonicalBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly held: readonly OpenVote[];
}

/** Blocks walked back from one head at most: a gap that long is not closed block by block. */
const BLOCKS_PER_HEAD_MAX = 128;

/** Follows each vote to the block that includes it, and back when a reorg takes that block. Works beside the signing path. */
export class InclusionTracker {
  readonly #votes = new Map<Slot, OpenVote[]>();
  readonly #lengths = new Map<Slot, readonly number[]>();
  /** The canonical chain as far back as open votes reach, oldest first. */
  #chain: CanonicalBlock[] = [];
  #head: {root: Root; slot: Slot} | null = null;
  #headDone: Root | null = null;
  readonly #source: InclusionSource;
  readonly #journal: DutyJournal;
  readonly #slotClock: SlotClock;
  readonly #log: Log;

  constructor(components: {
    readonly source: InclusionSource;
    readonly journal: DutyJournal;
    readonly slotClock: SlotClock;
    readonly log: Log;
  }) {
    this.#source = components.source;
    this.#journal = components.journal;
    this.#slotClock = components.slotClock;
    this.#log = components.log;
  }

  follow(vote: SlotVote): void {
    this.#votes.set(
      vote.data.slot,
      vote.duties.map((duty) => ({duty, data: vote.data})),
    );
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind === "head") this.#head = {root: event.blockRoot, slot: event.slot};
  }

  /** Reads the blocks that are new since the last call. Called once a slot, when its votes are out. */
  async catchUp(): Promise<void> {
    const head = this.#head;
    if (head !== null && head.root !== this.#headDone && this.#votes.size > 0) {
      try {
        await this.#adopt(head.root);
        this.#headDone = head.root;
      } catch (error) {
        this.#log.debug("blocks not read", {reason: messageOf(error)});
      }
    }
    this.#closeOld();
  }

  async #adopt(head: Root): Promise<void> {
    const known = new Map(this.#chain.map(({root}, place) => [root, place]));
    const fresh: {root: Root; slot: Slot}[] = [];
    const oldest = Math.min(...this.#votes.keys());
    let root = head;
    while (!known.has(root) && fresh.length < BLOCKS_PER_HEAD_MAX) {
      const {slot, parentRoot} = await this.#source.blockHeader(root);
      if (slot <= oldest) break;
      fresh.push({root, slot});
      root = parentRoot;
    }
    const common = known.get(root) ?? -1;
    for (const block of this.#chain.splice(common + 1)) this.#undo(block);
    for (const block of fresh.reverse()) {
      const held = await this.#read(block.root);
      this.#chain.push({...block, held});
    }
  }

  async #read(root: Root): Promise<OpenVote[]> {
    const held: OpenVote[] = [];
    for (const attestation of await this.#source.blockAttestations(root)) {
      const votes = this.#votes.get(attestation.data.slot) ?? [];
      if (votes.length === 0) continue;
      const lengths = await this.#lengthsAt(attestation.data.slot);
      held.push(...votes.filter((vote) => isHeld(attestation, lengths, vote)));
    }
    const atMs = this.#slotClock.nowMs();
    for (const {duty} of held) this.#journal.reached(attestationKey(duty), "included", atMs);
    return held;
  }

  /** A vote that an earlier block of the chain holds too stays included. */
  #undo(block: CanonicalBlock): void {
    const elsewhere = new Set(this.#chain.flatMap(({held}) => held));
    for (const vote of block.held) {
      if (!elsewhere.has(vote)) this.#journal.undone(attestationKey(vote.duty), "included");
    }
  }

  async #lengthsAt(slot: Slot): Promise<readonly number[]> {
    const lengths = this.#lengths.get(slot) ?? (await this.#source.committeeLengths(slot));
    this.#lengths.set(slot, lengths);
    return lengths;
  }

  /** From the end of the epoch after its target on a vote cannot be included any more. electra/beacon-chain.md, EIP-7045 */
  #closeOld(): void {
    const epoch = this.#slotClock.currentEpoch();
    for (const [slot, votes] of this.#votes) {
      if (this.#slotClock.epochOf(slot) + 2 > epoch) continue;
      const included = new Set(this.#chain.flatMap(({held}) => held));
      for (const vote of votes) {
        const key = attestationKey(vote.duty);
        if (included.has(vote)) this.#journal.close(key);
        else this.#journal.fail(key, "NOT_INCLUDED", "no block of the chain holds it, and its time is over");
      }
      this.#votes.delete(slot);
    }
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
