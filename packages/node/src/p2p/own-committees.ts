import type {NetworkLookups} from "@mote/beacon-nodes";
import type {AttesterDuties, CommitteeIndex, Epoch, Root, Slot, SlotClock, ValidatorIndex} from "@mote/core";

/** Subnets of own votes are joined so many slots before the duty: from then on votes of the committee come. */
const SLOTS_AHEAD = 2;
/** A vote that comes later than this is of no use to our subnet, which is left by then. */
const SLOTS_BEHIND = 2;
/**
 * Of one slot; about 500 members each on mainnet. Who has keys in more committees of a slot sees to these and passes over the rest, so that memory and
 * questions stay what they are with 64 keys.
 */
const COMMITTEES_PER_SLOT_MAX = 4;

interface EpochOfDuties {
  readonly dependentRoot: Root;
  readonly committeesPerSlot: number | null;
  readonly bySlot: ReadonlyMap<Slot, readonly CommitteeIndex[]>;
}

interface HeldCommittee {
  readonly slot: Slot;
  /** The shuffling that it was told under. */
  readonly dependentRoot: Root;
  readonly members: readonly ValidatorIndex[];
}

/** The committees in which own validators are about to vote: who else is in them. */
export class OwnCommittees {
  readonly #epochs = new Map<Epoch, EpochOfDuties>();
  readonly #held = new Map<string, HeldCommittee>();
  readonly #slotClock: SlotClock;
  readonly #lookups: Pick<NetworkLookups, "committee">;

  constructor(components: {readonly slotClock: SlotClock; readonly lookups: Pick<NetworkLookups, "committee">}) {
    this.#slotClock = components.slotClock;
    this.#lookups = components.lookups;
  }

  /** Duties of all own validators in an epoch; they take the place of those that were told before. */
  heard({epoch, dependentRoot, duties}: AttesterDuties): void {
    const bySlot = new Map<Slot, readonly CommitteeIndex[]>();
    for (const [slot, ofSlot] of Map.groupBy(duties, ({slot}) => slot)) {
      const indices = [...new Set(ofSlot.map(({committeeIndex}) => committeeIndex))];
      bySlot.set(slot, indices.sort((a, b) => a - b).slice(0, COMMITTEES_PER_SLOT_MAX));
    }
    this.#epochs.set(epoch, {dependentRoot, committeesPerSlot: duties[0]?.committeesAtSlot ?? null, bySlot});
    const now = this.#slotClock.currentEpoch();
    for (const old of this.#epochs.keys()) if (old < now - 1) this.#epochs.delete(old);
  }

  /** Null when it is none of ours, is not known yet, or was told under another shuffling. */
  members(slot: Slot, index: CommitteeIndex): readonly ValidatorIndex[] | null {
    const held = this.#held.get(nameOf(slot, index));
    return held === undefined || held.dependentRoot !== this.#dutiesAt(slot)?.dependentRoot ? null : held.members;
  }

  perSlot(epoch: Epoch): number | null {
    return this.#epochs.get(epoch)?.committeesPerSlot ?? null;
  }

  /** Asks for those that are about to vote. @returns all members that are known by now; rejects when no beacon node answers */
  async learn(): Promise<readonly ValidatorIndex[]> {
    const now = this.#slotClock.currentSlot();
    for (const [name, {slot}] of this.#held) if (slot < now - SLOTS_BEHIND) this.#held.delete(name);
    for (let slot = Math.max(now, 0) as Slot; slot <= now + SLOTS_AHEAD; slot++) {
      const duties = this.#dutiesAt(slot);
      for (const index of duties?.bySlot.get(slot) ?? []) {
        if (duties === undefined || this.members(slot, index) !== null) continue;
        const members = await this.#lookups.committee(slot, index);
        this.#held.set(nameOf(slot, index), {slot, members, dependentRoot: duties.dependentRoot});
      }
    }
    return [...this.#held.values()].flatMap(({members}) => members);
  }

  #dutiesAt(slot: Slot): EpochOfDuties | undefined {
    return this.#epochs.get(this.#slotClock.epochOf(slot));
  }
}

const nameOf = (slot: Slot, index: CommitteeIndex): string => `${slot}/${index}`;
