import type {NetworkConfig} from "@mote/consensus";
import {
  abbreviate,
  type ChainWitnesses,
  type Log,
  type NetworkEvent,
  type Pubkey,
  type SlashingProtection,
  type Slot,
  type SlotClock,
  sleep,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {Complaint} from "../complaint.ts";
import type {IncludedVote} from "../network/included-votes.ts";
import type {DoppelgangerWatchInit} from "./doppelganger.ts";
import {confirmedBy} from "./included-vote-witnesses.ts";
import {type Claim, claimOf, includedClaim} from "./network-claims.ts";
import {RecentBlocks} from "./recent-blocks.ts";
import type {Refusal} from "./refusal.ts";
import type {SignedBook} from "./signed-book.ts";

export interface NetworkDoppelgangerWatchInit extends DoppelgangerWatchInit {
  readonly config: NetworkConfig;
  /** Other nodes sign with the same keys. The store tells their votes; of what it does not hold nothing can be told. */
  readonly isStoreShared: boolean;
}

export interface NetworkDoppelgangerWatchComponents {
  readonly registry: {
    validatorAt(index: ValidatorIndex): ValidatorInfo | null;
    withDuties(): readonly ValidatorInfo[];
  };
  readonly protection: Pick<SlashingProtection, "explains" | "newest">;
  /** What this process signs is written into it. */
  readonly signed: Pick<SignedBook, "of">;
  readonly chain: ChainWitnesses;
  /** Keys whose records are not kept here: nothing can be told by them. */
  readonly isRecordedElsewhere: (pubkey: Pubkey) => boolean;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** Between the two looks at what is known of a message: what was being recorded at the first is on record at the second. */
const SECOND_LOOK_MS = 1_000;
/** Messages with signatures of ours that nobody here knows. */
const CLAIMS_OPEN_MAX = 256;
/** Included votes that too few beacon nodes have confirmed so far. */
const UNCONFIRMED_MAX = 64;

/**
 * Looks for a second signer with our keys on the network, for as long as this process runs: a message that nothing here has signed, or that arrived before
 * its signing was begun. What is on record is ours, whichever node on the store made it. Of slots up to the one in which a key came nothing is claimed:
 * whoever had it before may have signed then.
 */
export class NetworkDoppelgangerWatch {
  /** By key: the slot in which it came, or in which this process began. */
  readonly #since = new Map<Pubkey, Slot>();
  readonly #open = new Set<string>();
  readonly #unconfirmed = new Map<string, IncludedVote>();
  readonly #blocks = new RecentBlocks();
  readonly #init: NetworkDoppelgangerWatchInit;
  readonly #c: NetworkDoppelgangerWatchComponents;
  readonly #notKnown: Complaint;
  #isFound = false;

  constructor(init: NetworkDoppelgangerWatchInit, components: NetworkDoppelgangerWatchComponents) {
    this.#init = init;
    this.#c = components;
    this.#notKnown = new Complaint(
      {what: "not known whether a message on the network is ours; it is looked up again when it is seen again"},
      components,
    );
  }

  /** Takes in new keys, lets go of those that went, and asks again about what was not confirmed. */
  onSlot(slot: Slot): void {
    const present = new Set(this.#c.registry.withDuties().map(({pubkey}) => pubkey));
    // A clock that was ahead and has been set right must not keep the watch from looking until then.
    for (const pubkey of present) this.#since.set(pubkey, Math.min(this.#since.get(pubkey) ?? slot, slot) as Slot);
    for (const pubkey of this.#since.keys()) if (!present.has(pubkey)) this.#since.delete(pubkey);
    const votes = [...this.#unconfirmed.values()];
    this.#unconfirmed.clear();
    for (const vote of votes) this.onIncludedVote(vote);
  }

  onNetworkEvent(event: NetworkEvent): void {
    if (event.kind === "block" || event.kind === "fetched_block") this.#blocks.add(event.blockRoot, event.slot);
    const claim = claimOf(event, {...this.#init, validatorAt: (index) => this.#c.registry.validatorAt(index)});
    if (claim === null || !this.#isTelling(claim)) return;
    const own = this.#c.signed.of(claim.kind, claim.slot, claim.validator.index);
    // By the order of events, not by times alone: a clock that is set back must not turn our own echo into what came before.
    if (own?.signingRoot === claim.signingRoot) return;
    this.#judgeOnce(claim, () => this.#judge(claim));
  }

  /** A valid block holds it, so the vote was signed by somebody; that it has our place in its committee is what beacon nodes say. */
  onIncludedVote(vote: IncludedVote): void {
    const validator = this.#c.registry.validatorAt(vote.duty.validatorIndex);
    if (validator === null) return;
    const claim = includedClaim(vote, {...this.#init, validator});
    if (!this.#isTelling(claim) || this.#isExpired(claim)) return;
    const own = this.#c.signed.of(claim.kind, claim.slot, claim.validator.index);
    if (own?.signingRoot !== claim.signingRoot) this.#judgeOnce(claim, () => this.#judgeIncluded(claim, vote));
  }

  /** Null while no other signer was seen. */
  refusal(): Refusal | null {
    if (!this.#isFound) return null;
    return {reason: "DOPPELGANGER_WATCH", detail: "another signer with keys of this node is at work"};
  }

  #isTelling({validator: {pubkey}, kind, slot}: Claim): boolean {
    const sinceSlot = this.#since.get(pubkey);
    if (this.#isFound || sinceSlot === undefined || slot <= sinceSlot || this.#c.isRecordedElsewhere(pubkey))
      return false;
    if (kind === "attestation" || kind === "proposal") return true;
    // No store holds these: they may be those of another node, or of this one before it was started again.
    return !this.#init.isStoreShared && slot > sinceSlot + this.#c.slotClock.timing.slotsPerEpoch;
  }

  /** Beacon nodes tell the duties of this and the last epoch. */
  #isExpired({epoch}: Claim): boolean {
    return epoch + 1 < this.#c.slotClock.currentEpoch();
  }

  #judgeOnce({kind, slot, signingRoot, validator}: Claim, judge: () => Promise<void>): void {
    const name = [kind, slot, validator.index, signingRoot].join("/");
    if (this.#open.has(name) || this.#open.size >= CLAIMS_OPEN_MAX) return;
    this.#open.add(name);
    void judge()
      .then(() => this.#notKnown.succeeded())
      .catch((error: unknown) => this.#notKnown.failed(error))
      .finally(() => this.#open.delete(name));
  }

  async #judge(claim: Claim): Promise<void> {
    if (claim.kind === "attestation" && (await this.#isOnRecord(claim))) return;
    await sleep(this.#c.slotClock, SECOND_LOOK_MS);
    if (await this.#isForeign(claim)) this.#alarm(claim);
  }

  async #judgeIncluded(claim: Claim, vote: IncludedVote): Promise<void> {
    if (await this.#isOnRecord(claim)) return;
    if (!(await confirmedBy(vote, this.#c.chain))) {
      if (this.#unconfirmed.size < UNCONFIRMED_MAX)
        this.#unconfirmed.set(`${claim.slot}/${claim.signingRoot}/${claim.validator.index}`, vote);
      return;
    }
    if (!(await this.#isOnRecord(claim))) this.#alarm(claim);
  }

  /** A record whose root nobody told may be that of this very vote. */
  async #isOnRecord({validator: {pubkey}, epoch, signingRoot}: Claim): Promise<boolean> {
    const explanation = await this.#c.protection.explains(pubkey, {targetEpoch: epoch, signingRoot});
    return explanation === "same" || explanation === "unknown_root";
  }

  async #isForeign(claim: Claim): Promise<boolean> {
    const {kind, slot, validator, signingRoot, receivedMs, blockWithoutSlot} = claim;
    // Over an older block, or one that nobody has shown, it may be one of ours from an earlier slot, with this slot written on it by somebody else.
    if (blockWithoutSlot !== null && this.#blocks.slotOf(blockWithoutSlot) !== slot) return false;
    const own = this.#c.signed.of(kind, slot, validator.index);
    // Another node on the store may have made the same block. Of a vote the first look has told that nobody on it had.
    const tellsTime = kind === "attestation" || !this.#init.isStoreShared;
    if (own !== null) return own.signingRoot !== signingRoot || (tellsTime && receivedMs < own.begunMs);
    if (kind === "attestation") return !(await this.#isOnRecord(claim));
    if (kind !== "proposal") return true;
    // Which block it was is not asked for; but who has none of this slot, nor of a later one, has not signed it.
    const newestSlot = (await this.#c.protection.newest(validator.pubkey))?.slot ?? null;
    return newestSlot === null || newestSlot < slot;
  }

  #alarm({kind, validator, slot, epoch, signingRoot, what}: Claim): void {
    if (this.#isFound || this.#c.registry.validatorAt(validator.index) === null) return;
    this.#isFound = true;
    const isOurs = this.#c.signed.of(kind, slot, validator.index)?.signingRoot === signingRoot;
    this.#c.log.error(
      `validator ${validator.index}: the network has ${what} of slot ${slot} that ${isOurs ? "came before it was signed here" : "was not signed here"}`,
      {
        reason: "DOPPELGANGER_WATCH",
        signingRoot: abbreviate(signingRoot),
      },
    );
    const evidence = [{validatorIndex: validator.index, epoch}];
    this.#init.onDoppelganger({pubkeys: [validator.pubkey], evidence});
  }
}
