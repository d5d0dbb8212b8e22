import type {ChainEvent, NetworkEvent, Pubkey, Slot, SlotClock} from "@mote/core";
import type {IncludedVote} from "../network/included-votes.ts";
import type {Guard} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";
import type {ClockWatch} from "./clock-watch.ts";
import type {DoppelgangerWatch} from "./doppelganger.ts";
import type {NetworkDoppelgangerWatch} from "./network-doppelganger.ts";
import type {Refusal, SigningPurpose} from "./refusal.ts";
import type {SlashingStop} from "./slashing-stop.ts";
import type {StaleBackupCheck} from "./stale-backup.ts";

export interface MaySignComponents {
  readonly registry: Pick<ValidatorRegistry, "refusalOf" | "infoOf" | "add" | "readAdded" | "remove">;
  readonly slashingStop: Pick<SlashingStop, "refusal" | "onChainEvent" | "onNetworkEvent">;
  readonly clockWatch: Pick<ClockWatch, "refusal" | "onChainEvent">;
  /** Null: votes of these keys by others are no sign of anything. */
  readonly staleBackup: Pick<StaleBackupCheck, "run" | "refusalOf" | "forget"> | null;
  /** Null: not asked for, or as above. */
  readonly doppelganger: Pick<DoppelgangerWatch, "run" | "onSlot" | "refusalOf" | "forget" | "distrust"> | null;
  /** Null, or left out: this node sees nothing of the network, or votes of these keys by others are no sign of anything. */
  readonly networkWatch?: Pick<
    NetworkDoppelgangerWatch,
    "onSlot" | "onNetworkEvent" | "onIncludedVote" | "refusal"
  > | null;
  /** Keys whose records are not kept here: nothing can be told by them, and somebody else answers for what was signed. */
  readonly isRecordedElsewhere: (pubkey: Pubkey) => boolean;
  readonly slotClock: SlotClock;
}

/** All that may keep a key from signing before its message is even looked at: the guards, and their order. */
export class MaySign implements Guard {
  readonly #c: MaySignComponents;

  constructor(components: MaySignComponents) {
    this.#c = components;
  }

  /** The gravest reason first; null when the key may sign. What is administered is no duty, and only a key of ours is asked for. */
  refusalOf(pubkey: Pubkey, purpose: SigningPurpose): Refusal | null {
    const {registry, slashingStop, clockWatch, staleBackup, doppelganger, networkWatch} = this.#c;
    const {isRecordedElsewhere, slotClock} = this.#c;
    const epoch = slotClock.currentEpoch();
    if (purpose === "administer") return registry.refusalOf(pubkey, purpose, epoch);
    const refusal = slashingStop.refusal() ?? registry.refusalOf(pubkey, purpose, epoch) ?? clockWatch.refusal();
    // Who has exited can vote no more, so that nobody else's votes are looked for.
    if (refusal !== null || (registry.infoOf(pubkey)?.exitEpoch ?? 0) <= epoch) return refusal;
    if (isRecordedElsewhere(pubkey)) return null;
    // What old records cannot rule out is a contradiction, and a sync committee's messages contradict nothing.
    const ofRecords = purpose === "sync" ? null : staleBackup?.refusalOf(pubkey);
    return ofRecords ?? networkWatch?.refusal() ?? doppelganger?.refusalOf(pubkey) ?? null;
  }

  /**
   * Asks what is to be known of the keys: once before the first slot, then in each.
   * @returns true when keys may sign that might not before
   */
  async run(): Promise<boolean> {
    const {registry, staleBackup, doppelganger, clockWatch} = this.#c;
    await registry.readAdded();
    // Nobody has seen a vote of an epoch that has not come yet: that would be no clean answer.
    if (clockWatch.refusal() !== null) return false;
    const rounds = await Promise.all([staleBackup?.run() ?? false, doppelganger?.run() ?? false]);
    return rounds.includes(true);
  }

  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    const {clockWatch, doppelganger, networkWatch} = this.#c;
    networkWatch?.onSlot(slot);
    if (clockWatch.refusal() === null) await doppelganger?.onSlot(slot, signal);
  }

  onNetworkEvent(event: NetworkEvent): void {
    this.#c.slashingStop.onNetworkEvent(event);
    this.#c.networkWatch?.onNetworkEvent(event);
  }

  onIncludedVote(vote: IncludedVote): void {
    this.#c.networkWatch?.onIncludedVote(vote);
  }

  onChainEvent(event: ChainEvent): void {
    this.#c.slashingStop.onChainEvent(event);
    this.#c.clockWatch.onChainEvent(event);
  }

  /**
   * Keys that came while Mote runs: they are judged as at a start.
   * @param untold those of them that came from elsewhere without records of what they have signed there
   */
  add(pubkeys: readonly Pubkey[], untold: readonly Pubkey[] = []): void {
    this.#c.doppelganger?.distrust(untold);
    this.#c.registry.add(pubkeys);
  }

  remove(pubkeys: readonly Pubkey[]): void {
    this.#c.registry.remove(pubkeys);
    this.#c.staleBackup?.forget(pubkeys);
    this.#c.doppelganger?.forget(pubkeys);
  }
}
