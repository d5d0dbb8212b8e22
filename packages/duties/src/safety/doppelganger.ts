import {
  type ChainWitnesses,
  type Epoch,
  type Log,
  messageOf,
  type Pubkey,
  type Slot,
  sleep,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {Complaint} from "../complaint.ts";
import type {SlotService} from "../slot-service.ts";
import type {Finding} from "./hold.ts";
import {namesOf} from "./names.ts";
import type {Refusal} from "./refusal.ts";
import {findOutSuspects, findUnexplainedVotes, type Question, type SeenVotesComponents} from "./seen-votes.ts";

/** Of the last slot of an epoch: by then its votes are out, and there is time for an answer within the slot. */
const LATE_IN_SLOT = 0.75;

export interface Doppelganger {
  readonly pubkeys: readonly Pubkey[];
  /** Votes that no record here explains, in the order of the validators. */
  readonly evidence: readonly {readonly validatorIndex: ValidatorIndex; readonly epoch: Epoch}[];
}

export interface DoppelgangerWatchInit {
  /** Called once. From then on no key signs. */
  readonly onDoppelganger: (found: Doppelganger) => void;
}

export interface DoppelgangerWatchComponents extends SeenVotesComponents {
  readonly chain: ChainWitnesses;
  /** `withDuties`: validators that have duties now, or will have them soon. */
  readonly registry: {readonly withDuties: () => readonly ValidatorInfo[]};
  readonly log: Log;
}

interface Care {
  /** Votes of earlier slots may be those of an earlier signer that has stopped since. */
  readonly sinceSlot: Slot;
  /** It may sign as far as other signers are concerned. */
  isReleased: boolean;
  /** The newest epoch that is known to have its vote on record. */
  onRecordEpoch: Epoch | null;
}

/**
 * Looks for a second signer with our keys: a vote that was made while we held the key and that is not on record. A key whose records do not
 * reach to the present is watched before it signs, until one whole epoch has passed without such a vote; all keys are looked after from then
 * on, for as long as they are here. An unanswered question is not a clean answer, and not an alarm either.
 */
export class DoppelgangerWatch implements SlotService {
  readonly #cares = new Map<Pubkey, Care>();
  /** Taken away while a round is running, which must not take them into care again. */
  readonly #forgotten = new Set<Pubkey>();
  /** Up to which epoch our records of a key that was somewhere else tell nothing: whoever had it may have signed what is not among them. */
  readonly #untoldTo = new Map<Pubkey, Epoch>();
  /** Not answered so far, by validator and epoch. */
  readonly #open = new Set<string>();
  readonly #init: DoppelgangerWatchInit;
  readonly #c: DoppelgangerWatchComponents;
  readonly #notAnswered: Complaint;
  #isFound = false;
  #turn: Promise<unknown> = Promise.resolve();
  /** A round that has not begun. */
  #waiting: Promise<boolean> | null = null;

  constructor(init: DoppelgangerWatchInit, components: DoppelgangerWatchComponents) {
    this.#init = init;
    this.#c = components;
    this.#notAnswered = new Complaint(
      {what: "not known whether another signer is at work; keys that are watched sign nothing until it is"},
      components,
    );
  }

  /**
   * Takes new keys into care, and asks what is open: once before the first slot, then in each. One round at a time.
   * @returns true when keys may sign that might not before
   */
  run(): Promise<boolean> {
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = null;
      return this.#round({isLate: false});
    });
    return this.#waiting;
  }

  /** Near the end of each epoch, asks for all keys. */
  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    const {slotClock} = this.#c;
    if (slotClock.epochOf(slot) === slotClock.epochOf((slot + 1) as Slot)) return;
    const lateMs = slotClock.timing.slotDurationMs * LATE_IN_SLOT;
    await sleep(slotClock, lateMs - slotClock.msInto(slot), signal);
    if (!signal.aborted) await this.#inTurn(() => this.#round({isLate: true}));
  }

  /** Keys that were taken away: one that comes back is watched anew, unless it brings newer records with it. */
  forget(pubkeys: readonly Pubkey[]): void {
    const epoch = this.#c.slotClock.currentEpoch();
    for (const pubkey of pubkeys) {
      this.#cares.delete(pubkey);
      this.#forgotten.add(pubkey);
      this.#untoldTo.set(pubkey, epoch);
    }
  }

  /** Keys that are about to come from elsewhere, and bring no records of what they have signed there: they are watched, however new our own are. */
  distrust(pubkeys: readonly Pubkey[]): void {
    const epoch = this.#c.slotClock.currentEpoch();
    // Before genesis nobody can have signed.
    if (epoch < 0) return;
    for (const pubkey of pubkeys) this.#untoldTo.set(pubkey, epoch);
  }

  /** Null for a key that may sign as far as other signers are concerned. */
  refusalOf(pubkey: Pubkey): Refusal | null {
    if (this.#isFound) return refusal("another signer with keys of this node is at work");
    const care = this.#cares.get(pubkey);
    if (care === undefined) return refusal("its records have not been read yet");
    if (care.isReleased) return null;
    const {slotClock} = this.#c;
    const resumes = Math.max(slotClock.currentEpoch(), this.#firstWholeEpoch(care)) + 1;
    return refusal(`watched for another signer; it signs in epoch ${resumes} at the earliest`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #round({isLate}: {readonly isLate: boolean}): Promise<boolean> {
    if (this.#isFound) return false;
    const admitted = await this.#admit();
    const epoch = this.#c.slotClock.currentEpoch();
    const questions = this.#questionsIn(epoch, isLate);
    const findings = await this.#findingsOf(questions);
    this.#noteOpen(findings, epoch);
    // Who votes with a key that was taken away meanwhile has taken it over.
    const seen = questions.filter(
      (question) => findings.get(question) === "seen" && this.#cares.has(question.validator.pubkey),
    );
    if (seen.length > 0) {
      this.#alarm(seen);
      return false;
    }
    return this.#release(findings, epoch) || admitted;
  }

  /** @returns whether one of the new keys may sign at once */
  async #admit(): Promise<boolean> {
    const {registry, protection, slotClock, log} = this.#c;
    this.#forgotten.clear();
    const watched: ValidatorInfo[] = [];
    let isAnyReleased = false;
    const fresh = registry.withDuties().filter(({pubkey}) => !this.#cares.has(pubkey));
    await Promise.all(
      fresh.map(async (validator) => {
        try {
          const newest = (await protection.newest(validator.pubkey))?.targetEpoch ?? null;
          if (this.#forgotten.has(validator.pubkey)) return;
          const slot = slotClock.currentSlot();
          const epoch = slotClock.epochOf(slot);
          const untoldTo = this.#untoldTo.get(validator.pubkey) ?? null;
          this.#untoldTo.delete(validator.pubkey);
          const isNews = untoldTo === null || (newest !== null && newest > untoldTo);
          // In the genesis epoch nobody else can have begun much earlier, and a watch would cost the chain its start.
          const isReleased = isNews && (epoch <= 0 || (newest !== null && newest >= epoch - 1));
          // In the running slot an earlier signer may have voted just before it stopped.
          this.#cares.set(validator.pubkey, {
            sinceSlot: Math.max(0, slot + 1) as Slot,
            isReleased,
            onRecordEpoch: null,
          });
          if (isReleased) isAnyReleased = true;
          else watched.push(validator);
        } catch (error) {
          this.#notAnswered.failed(messageOf(error));
        }
      }),
    );
    if (watched.length > 0) {
      const signsFrom = slotClock.currentEpoch() + 2;
      log.info(`${namesOf(watched)}: watched for another signer before signing begins`, {signsFrom});
    }
    return isAnyReleased;
  }

  #questionsIn(epoch: Epoch, isLate: boolean): Question[] {
    const {registry, slotClock} = this.#c;
    return registry.withDuties().flatMap((validator) => {
      const care = this.#cares.get(validator.pubkey);
      if (care === undefined) return [];
      return [epoch - 1, epoch].flatMap((each): Question[] => {
        const of = each as Epoch;
        if (of < 0 || of < validator.activationEpoch || of >= validator.exitEpoch) return [];
        if (of < slotClock.epochOf(care.sinceSlot) || of === care.onRecordEpoch) return [];
        const isWatched = !care.isReleased && of === epoch - 1;
        if (!isLate && !isWatched && !this.#open.has(nameOf({validator, epoch: of}))) return [];
        // A vote of the epoch before may show in this one; was it made before we held the key, then no record tells of it.
        const isDated = care.sinceSlot > slotClock.firstSlotOf(Math.max(0, of - 1) as Epoch);
        return [{validator, epoch: of, ...(isDated ? {sinceSlot: care.sinceSlot} : {})}];
      });
    });
  }

  async #findingsOf(questions: readonly Question[]): Promise<ReadonlyMap<Question, Finding>> {
    if (questions.length === 0) return new Map();
    const found = await findUnexplainedVotes(questions, this.#c);
    for (const {validator, epoch} of found.onRecord) {
      const care = this.#cares.get(validator.pubkey);
      if (care !== undefined) care.onRecordEpoch = epoch;
    }
    const resolved = found.suspects.length > 0 ? await findOutSuspects(found.suspects, this.#c) : null;
    const fault = found.fault ?? resolved?.fault ?? null;
    if (fault === null) this.#notAnswered.succeeded();
    else this.#notAnswered.failed(fault);
    return resolved === null ? found.of : new Map([...found.of, ...resolved.of]);
  }

  /** What is open is asked in each slot, as long as beacon nodes can tell. */
  #noteOpen(findings: ReadonlyMap<Question, Finding>, epoch: Epoch): void {
    for (const [question, finding] of findings) {
      if (finding === "unanswered") this.#open.add(nameOf(question));
      else this.#open.delete(nameOf(question));
    }
    for (const name of this.#open) if (Number(name.split("/")[0]) < epoch - 1) this.#open.delete(name);
  }

  #alarm(seen: readonly Question[]): void {
    this.#isFound = true;
    const sorted = seen.toSorted((a, b) => a.validator.index - b.validator.index || a.epoch - b.epoch);
    this.#init.onDoppelganger({
      pubkeys: [...new Set(sorted.map(({validator}) => validator.pubkey))],
      evidence: sorted.map(({validator, epoch}) => ({validatorIndex: validator.index, epoch})),
    });
  }

  /** Who was watched for a whole epoch that is over, and was not seen there. An epoch before the activation has no votes to be seen. */
  #release(findings: ReadonlyMap<Question, Finding>, epoch: Epoch): boolean {
    const last = (epoch - 1) as Epoch;
    const cleanInLast = new Set(
      [...findings]
        .filter(([question, finding]) => question.epoch === last && finding === "clean")
        .map(([q]) => q.validator.pubkey),
    );
    const released = this.#c.registry.withDuties().filter(({pubkey, activationEpoch}) => {
      const care = this.#cares.get(pubkey);
      if (care === undefined || care.isReleased || last < this.#firstWholeEpoch(care)) return false;
      return last < activationEpoch || care.onRecordEpoch === last || cleanInLast.has(pubkey);
    });
    for (const {pubkey} of released) {
      const care = this.#cares.get(pubkey);
      if (care !== undefined) care.isReleased = true;
    }
    if (released.length > 0)
      this.#c.log.info(`${namesOf(released)}: no other signer was seen; signing begins`, {epoch});
    return released.length > 0;
  }

  #firstWholeEpoch({sinceSlot}: Care): Epoch {
    const {timing} = this.#c.slotClock;
    return Math.ceil(sinceSlot / timing.slotsPerEpoch) as Epoch;
  }
}

const nameOf = ({epoch, validator}: Pick<Question, "epoch" | "validator">): string => `${epoch}/${validator.index}`;

const refusal = (detail: string): Refusal => ({reason: "DOPPELGANGER_WATCH", detail});
