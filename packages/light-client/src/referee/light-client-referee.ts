import type {
  Attestation,
  AttestationData,
  Checkpoint,
  Epoch,
  JudgedValue,
  Referee,
  RefereeVerdict,
  Root,
  Slot,
  SlotClock,
} from "@mote/core";
import type {ProvenHeader} from "../proven-header.ts";
import type {Participation} from "../rules/participation.ts";
import {BlockTree} from "./block-tree.ts";
import {conflict} from "./conflict.ts";
import {type Proof, ProvenBlocks} from "./proven-blocks.ts";
import {type KnownSource, provenSource} from "./proven-source.ts";
import {VerdictCounts} from "./verdict-counts.ts";

/** A block as gossip brings it, or as it was fetched by its root. The root was computed from what came. */
export interface SeenBlock {
  readonly slot: Slot;
  readonly blockRoot: Root;
  readonly parentRoot: Root;
  readonly attestations: readonly Attestation[];
}

/** A header that a sync committee signed. */
export interface SignedHeader {
  readonly header: Pick<ProvenHeader, "slot" | "root" | "parentRoot">;
  readonly participation: Participation;
  readonly signatureSlot: Slot;
}

/** Whole epochs before this one whose blocks are kept: finality is two to three of them behind. */
const EPOCHS_KEPT = 3;
/** A block from further ahead than this is of no use: nothing can rest on it yet. */
const SLOTS_AHEAD_MAX = 1;
/** From the third slot of an epoch on its source and target may be proven. */
const UNSETTLED_SLOTS = 2;
/** Blocks that are asked for at a time. */
const WANTED_MAX = 8;

type Finding =
  | {readonly kind: "proven"}
  | {readonly kind: "silent"}
  | {readonly kind: "veto"; readonly evidence: string};

const PROVEN: Finding = {kind: "proven"};
const SILENT: Finding = {kind: "silent"};

/**
 * Holds votes against what sync committees have signed. It only keeps books: evidence is brought to it, and every memory has its bound. What it does not
 * know it does not hold against anybody.
 */
export class LightClientReferee implements Referee {
  readonly #tree = new BlockTree();
  readonly #proven: ProvenBlocks;
  readonly #counts = new VerdictCounts();
  readonly #slotClock: SlotClock;
  #finalized: Pick<ProvenHeader, "slot" | "root"> | null = null;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
    this.#proven = new ProvenBlocks({tree: this.#tree});
  }

  /** Its links and votes count once a sync committee has signed it, or a block after it. */
  onBlock({slot, blockRoot: root, parentRoot, attestations}: SeenBlock): void {
    this.#forgetOld();
    if (slot > this.#slotClock.currentSlot() + SLOTS_AHEAD_MAX) return;
    const isKnown = this.#tree.get(root) !== undefined;
    if (!isKnown && !this.#tree.hasRoomAt(slot) && !this.wantedBlocks().includes(root)) return;
    this.#tree.add({slot, root, parentRoot, source: sourceIn(attestations, this.#slotClock.epochOf(slot))});
  }

  /** Of less than 2/3 of the committee nothing is learnt. */
  onProven({header, participation, signatureSlot}: SignedHeader): void {
    this.#forgetOld();
    const {slot, root, parentRoot} = header;
    if (!participation.isSupermajority || slot < this.#oldestSlot()) return;
    this.#tree.add({slot, root, parentRoot, source: undefined});
    this.#proven.add({slot, root, participation, signatureSlot, knownMs: this.#slotClock.nowMs()});
  }

  /** Only what an update with 2/3 of a committee has shown to be final; a checkpoint that somebody chose to trust need not be. */
  onFinalized({slot, root}: Pick<ProvenHeader, "slot" | "root">): void {
    // Nobody has voted for genesis: that a state calls it final says nothing of what was justified.
    if (slot > 0 && slot > (this.#finalized?.slot ?? 0)) this.#finalized = {slot, root};
  }

  judge(data: AttestationData): RefereeVerdict {
    const verdict = this.#verdict(data);
    this.#counts.count(data, verdict);
    return verdict;
  }

  isProven(blockRoot: Root): boolean {
    const block = this.#tree.get(blockRoot);
    return block !== undefined && this.#proven.isHeld(block);
  }

  provenRootAt(slot: Slot): Root | null {
    const newest = this.#proven.newest();
    return newest === null || newest.slot < slot ? null : this.#tree.lastUpTo(newest.root, slot);
  }

  /** Verdicts so far; the same data of a slot count once. */
  counts(): ReturnType<VerdictCounts["total"]> {
    return this.#counts.total();
  }

  /**
   * Roots of blocks that are missing in the newest proven chain, newest first: back to the block that its epoch's committees rest on, and the
   * bodies that may show its source. What comes is told by {@link LightClientReferee.onBlock}, and may show that its parent is missing too.
   */
  wantedBlocks(): readonly Root[] {
    const newest = this.#proven.newest();
    if (newest === null) return [];
    const epoch = this.#slotClock.epochOf(newest.slot);
    // The parent of the chain's first block is genesis, which nobody has as a block.
    if (epoch === 0) return [];
    const startSlot = this.#slotClock.firstSlotOf(epoch);
    const untilSlot = epoch === 1 ? startSlot : this.#slotClock.firstSlotOf((epoch - 1) as Epoch) - 1;
    const needsSource = (this.#sourceOf(epoch)?.root ?? null) === null;
    const wanted: Root[] = [];
    for (const {slot, root, parentRoot, source} of this.#tree.chainOf(newest.root)) {
      if (slot <= untilSlot || wanted.length >= WANTED_MAX) break;
      if (source === undefined && needsSource && slot > startSlot) wanted.push(root);
      if (this.#tree.get(parentRoot) === undefined) wanted.push(parentRoot);
    }
    return wanted.slice(0, WANTED_MAX);
  }

  #verdict(data: AttestationData): RefereeVerdict {
    const findings: readonly [JudgedValue, Finding][] = [
      ["source", this.#judgeSource(data)],
      ["target", this.#judgeTarget(data)],
      ["head", this.#judgeHead(data)],
    ];
    for (const [value, finding] of findings) {
      if (finding.kind === "veto") return {kind: "veto", value, evidence: finding.evidence};
    }
    const values = findings.flatMap(([value, {kind}]) => (kind === "silent" ? [value] : []));
    return values.length === 0 ? {kind: "proven"} : {kind: "not_provable", values};
  }

  #judgeSource({slot, source}: AttestationData): Finding {
    const epoch = this.#slotClock.epochOf(slot);
    const finalized = this.#finalizedBefore(epoch);
    // What came after it on its chain has a justified checkpoint above it. phase0/beacon-chain.md#weigh_justification_and_finalization
    if (finalized !== null && source.epoch <= finalized.epoch) {
      const isOlder = source.epoch < finalized.epoch || source.root !== finalized.root;
      if (isOlder) return veto(conflict.sourceFinality(source, finalized));
    } else if (finalized !== null && this.#tree.relation(source.root, finalized) === "leaves_out") {
      return veto(conflict.sourceFinality(source, finalized));
    }
    const known = this.#isSettled(slot) ? this.#sourceOf(epoch) : null;
    if (known === null) return SILENT;
    const isOther = source.epoch !== known.epoch || (known.root !== null && source.root !== known.root);
    if (isOther) return veto(conflict.source(source, known));
    return known.root === null ? SILENT : PROVEN;
  }

  #judgeTarget({slot, target}: AttestationData): Finding {
    const epoch = this.#slotClock.epochOf(slot);
    const finalized = this.#finalizedBefore(epoch);
    if (finalized !== null && this.#tree.relation(target.root, finalized) === "leaves_out")
      return veto(conflict.targetFinality(target, finalized));
    const proof = this.#isSettled(slot) ? this.#proofFor(slot) : null;
    if (proof === null) return SILENT;
    const startSlot = this.#slotClock.firstSlotOf(epoch);
    if (proof.slot <= startSlot && this.#tree.relation(target.root, proof) === "leaves_out")
      return veto(conflict.leavesOut(`target ${conflict.checkpoint(target)}`, proof));
    // Between a proven block and the epoch's start there may be others.
    const root = proof.slot < startSlot ? null : this.#tree.lastUpTo(proof.root, startSlot);
    if (root === null) return SILENT;
    return target.root === root ? PROVEN : veto(conflict.target(target, {epoch, root}, proof));
  }

  #judgeHead({slot, beaconBlockRoot: head}: AttestationData): Finding {
    const finalized = this.#finalizedBefore(this.#slotClock.epochOf(slot));
    if (finalized !== null && this.#tree.relation(head, finalized) === "leaves_out")
      return veto(conflict.headFinality(head, finalized));
    const proof = this.#proofFor(slot);
    if (proof === null) return SILENT;
    const relation = this.#tree.relation(head, proof);
    if (relation === "leaves_out") return veto(conflict.leavesOut(conflict.head(head), proof));
    return relation === "holds" ? PROVEN : SILENT;
  }

  #isSettled(slot: Slot): boolean {
    return slot - this.#slotClock.firstSlotOf(this.#slotClock.epochOf(slot)) >= UNSETTLED_SLOTS;
  }

  /** The newest proven block that was known as such when the slot began: so long an honest beacon node has had to get it. */
  #proofFor(slot: Slot): Proof | null {
    return this.#proven.newestBefore(slot, this.#slotClock.startMs(slot));
  }

  #sourceOf(epoch: Epoch): KnownSource | null {
    return provenSource(epoch, {
      slotClock: this.#slotClock,
      tree: this.#tree,
      proofs: this.#proven.standingFrom(this.#slotClock.firstSlotOf(epoch)),
      finalized: this.#finalizedBefore(epoch),
    });
  }

  /**
   * The finalized block, when it says anything of votes of this epoch, with the lowest epoch whose checkpoint it can be. If it is that of later ones too, no block lies
   * between, so it is the checkpoint of all of them.
   */
  #finalizedBefore(epoch: Epoch): (Checkpoint & {readonly slot: Slot}) | null {
    if (this.#finalized === null) return null;
    const {slot, root} = this.#finalized;
    const ofEpoch = Math.ceil(slot / this.#slotClock.timing.slotsPerEpoch) as Epoch;
    return ofEpoch < epoch ? {slot, root, epoch: ofEpoch} : null;
  }

  #oldestSlot(): Slot {
    const epoch = Math.max(0, this.#slotClock.currentEpoch() - EPOCHS_KEPT) as Epoch;
    return this.#slotClock.firstSlotOf(epoch);
  }

  #forgetOld(): void {
    const slot = this.#oldestSlot();
    this.#tree.forgetBefore(slot);
    this.#proven.forgetBefore(slot);
  }
}

const veto = (evidence: string): Finding => ({kind: "veto", evidence});

/**
 * All votes for the block's own epoch have the source of its state, or the block is not valid. Null: there are none, or they differ.
 * electra/beacon-chain.md#modified-process_attestation
 */
function sourceIn(attestations: readonly Attestation[], epoch: Epoch): Checkpoint | null {
  const [first, ...others] = attestations.filter(({data}) => data.target.epoch === epoch).map(({data}) => data.source);
  if (first === undefined) return null;
  const isSame = others.every((source) => source.epoch === first.epoch && source.root === first.root);
  return isSame ? {epoch: first.epoch, root: first.root} : null;
}
