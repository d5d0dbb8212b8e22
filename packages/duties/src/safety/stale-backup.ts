import {abbreviate, type ChainWitnesses, type Epoch, type Log, type Pubkey, type ValidatorInfo} from "@mote/core";
import {Complaint} from "../complaint.ts";
import {type Hold, holdFrom, judgeHold, resumesIn} from "./hold.ts";
import {namesOf, someOf} from "./names.ts";
import {partition} from "./partition.ts";
import type {Refusal} from "./refusal.ts";
import {
  type Findings,
  findOutSuspects,
  findUnexplainedVotes,
  type Question,
  type SeenVotesComponents,
} from "./seen-votes.ts";

export interface StaleBackupComponents extends SeenVotesComponents {
  readonly chain: ChainWitnesses;
  /** `withDuties`: validators that have duties now, or will have them soon. */
  readonly registry: {readonly withDuties: () => readonly ValidatorInfo[]};
  readonly log: Log;
}

interface Case {
  readonly validator: ValidatorInfo;
  readonly hold: Hold | undefined;
  readonly questions: readonly Question[];
}

/**
 * Keeps a key from signing when the chain saw votes of it that are not on record: the records come from an old backup, or another signer
 * holds the key. Each key is judged once, as soon as it is active, and signs from then on unless it is held. An unanswered question is not
 * a clean answer.
 */
export class StaleBackupCheck {
  readonly #cleared = new Set<Pubkey>();
  readonly #holds = new Map<Pubkey, Hold>();
  /** While a round is running: what it finds out of these was asked before they were taken away, and counts no more. */
  readonly #forgotten = new Set<Pubkey>();
  readonly #components: StaleBackupComponents;
  readonly #notAnswered: Complaint;
  #running: Promise<boolean> | null = null;

  constructor(components: StaleBackupComponents) {
    this.#components = components;
    this.#notAnswered = new Complaint(
      {what: "not known which validators the chain saw vote; those whose records do not tell sign nothing until it is"},
      components,
    );
  }

  /**
   * Asks what can be asked now for all keys that are not cleared: once before the first slot, then in each. Who calls meanwhile gets the
   * end of the round that is running.
   * @returns true when keys may sign that might not before
   */
  run(): Promise<boolean> {
    this.#running ??= this.#round().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Keys that were taken away: should one come back, it is judged anew. */
  forget(pubkeys: readonly Pubkey[]): void {
    for (const pubkey of pubkeys) {
      this.#cleared.delete(pubkey);
      this.#holds.delete(pubkey);
      this.#forgotten.add(pubkey);
    }
  }

  /** Null for a key that may sign as far as its past is concerned. */
  refusalOf(pubkey: Pubkey): Refusal | null {
    if (this.#cleared.has(pubkey)) return null;
    const hold = this.#holds.get(pubkey);
    if (hold === undefined) {
      return {reason: "LIVENESS_UNKNOWN", detail: "not known yet whether the chain saw votes that are not on record"};
    }
    const resumes = resumesIn(hold, this.#components.slotClock.currentEpoch());
    return {
      reason: "VOTES_UNEXPLAINED",
      detail: `a vote of epoch ${hold.seenEpoch} was seen that is not on record; it signs again in epoch ${resumes} at the earliest`,
    };
  }

  async #round(): Promise<boolean> {
    this.#forgotten.clear();
    const epoch = this.#components.slotClock.currentEpoch();
    const cases = this.#casesIn(epoch);
    if (cases.length === 0) return false;
    const clearedBefore = this.#cleared.size;
    const found = await findUnexplainedVotes(
      cases.flatMap(({questions}) => questions),
      this.#components,
    );
    const suspects = new Set(found.suspects);
    const [open, plain] = partition(
      cases,
      ({questions}) =>
        questions.some((question) => suspects.has(question)) &&
        questions.every((question) => found.of.get(question) !== "seen"),
    );
    // Who is no suspect does not wait for the chain to be read.
    this.#judge(plain, found, epoch);
    let {fault} = found;
    if (open.length > 0) {
      const foundOut = await findOutSuspects(
        open.flatMap(({questions}) => questions.filter((question) => suspects.has(question))),
        this.#components,
      );
      this.#judge(open, {of: new Map([...found.of, ...foundOut.of])}, epoch);
      fault ??= foundOut.fault;
    }
    if (fault === null) this.#notAnswered.succeeded();
    else this.#notAnswered.failed(fault);
    return this.#cleared.size > clearedBefore;
  }

  #judge(cases: readonly Case[], findings: Pick<Findings, "of">, epoch: Epoch): void {
    const present = cases.filter(({validator}) => !this.#forgotten.has(validator.pubkey));
    this.#judgeFresh(present, findings, epoch);
    this.#judgeHeld(present, findings, epoch);
  }

  /** Epochs before a key's activation are not asked for, nor is what is not active yet: its time comes. */
  #casesIn(epoch: Epoch): Case[] {
    const last = (epoch - 1) as Epoch;
    return this.#components.registry.withDuties().flatMap((validator) => {
      const {pubkey, activationEpoch} = validator;
      const hold = this.#holds.get(pubkey);
      if (this.#cleared.has(pubkey) || activationEpoch > Math.max(0, epoch)) return [];
      if (hold !== undefined && hold.judgedEpoch >= last) return [];
      const epochs = (hold === undefined ? [last, epoch] : [last]).filter((each) => each >= activationEpoch);
      return [{validator, hold, questions: epochs.map((each) => ({validator, epoch: each}))}];
    });
  }

  #judgeFresh(cases: readonly Case[], findings: Pick<Findings, "of">, epoch: Epoch): void {
    const caught: ValidatorInfo[] = [];
    const seenEpochs = new Set<Epoch>();
    for (const {validator, hold, questions} of cases) {
      if (hold !== undefined) continue;
      const seen = questions.findLast((question) => findings.of.get(question) === "seen");
      if (seen !== undefined) {
        this.#holds.set(validator.pubkey, holdFrom(seen.epoch, epoch));
        caught.push(validator);
        seenEpochs.add(seen.epoch);
      } else if (questions.every((question) => findings.of.get(question) === "clean")) {
        this.#cleared.add(validator.pubkey);
      }
    }
    if (caught.length > 0) this.#sayCaught(caught, [...seenEpochs], resumesIn(holdFrom(epoch, epoch), epoch));
  }

  #judgeHeld(cases: readonly Case[], findings: Pick<Findings, "of">, epoch: Epoch): void {
    const released: ValidatorInfo[] = [];
    const seenAgain: ValidatorInfo[] = [];
    for (const {validator, hold, questions} of cases) {
      const finding = questions[0] && findings.of.get(questions[0]);
      if (hold === undefined || finding === undefined) continue;
      const next = judgeHold(hold, finding, epoch);
      if (next !== null) {
        this.#holds.set(validator.pubkey, next);
        if (finding === "seen") seenAgain.push(validator);
        continue;
      }
      this.#holds.delete(validator.pubkey);
      this.#cleared.add(validator.pubkey);
      released.push(validator);
    }
    const {log} = this.#components;
    if (released.length > 0) log.info(`${namesOf(released)}: two clean epochs have passed; signing again`, {epoch});
    if (seenAgain.length > 0) {
      log.error(
        `${namesOf(seenAgain)}: seen voting again, so another signer is at work; waiting for two clean epochs`,
        {epoch: epoch - 1},
      );
    }
  }

  #sayCaught(validators: readonly ValidatorInfo[], seenEpochs: readonly Epoch[], resumes: Epoch): void {
    const epochs = seenEpochs.toSorted((a, b) => a - b).join(" and ");
    this.#components.log.error(
      `${namesOf(validators)}: not signing. The chain saw votes of epoch ${epochs} that are not on record here: ` +
        "either these records come from an old backup, or another signer has the same keys. " +
        "Stop the other signer, and bring the newest records with: mote slashing-protection import <file>. " +
        `Or wait: after two epochs without such votes signing begins again, in epoch ${resumes} at the earliest`,
      {reason: "VOTES_UNEXPLAINED", keys: someOf(validators.map(({pubkey}) => abbreviate(pubkey)))},
    );
  }
}
