import {type AttestationRecord, abbreviate, type BlockRecord, type ValidatorIndex} from "@mote/core";
import {areSlashableProposals, areSlashableVotes} from "../slashing-protection/slashability.ts";
import type {SentMessage} from "./sent-messages.ts";

/**
 * Stands at the door and sees every signed message that leaves, whoever it is sent to and whatever becomes of it. Knows the spec's slashing rules, and
 * two of a validator's operator: fees go where they are to go, and nobody says two things of one slot, himself or with what he collects. Shares nothing
 * with what it watches.
 */
export class SentMessageWatch {
  readonly #violations = new Set<string>();
  readonly #feeRecipient: string;
  readonly #votes = new Map<ValidatorIndex, AttestationRecord[]>();
  readonly #proposals = new Map<ValidatorIndex, BlockRecord[]>();
  /** What was said first, by who said it and of what. */
  readonly #said = new Map<string, string>();

  constructor(init: {readonly feeRecipient: string}) {
    this.#feeRecipient = init.feeRecipient;
  }

  /** One line for each offence. */
  get violations(): readonly string[] {
    return [...this.#violations];
  }

  see(message: SentMessage): void {
    const {kind} = message;
    if (kind === "vote") this.#seeVote(message);
    if (kind === "block") this.#seeProposal(message);
    if (kind === "block" || kind === "payload") this.#seePayment(message);
    if (kind === "payload_vote")
      this.#seeOnce(
        `payload of slot ${message.slot} by validator ${message.validatorIndex}`,
        `${message.root} ${message.isPresent}`,
      );
    if (kind === "sync_message" || kind === "contribution")
      this.#seeOnce(`head of slot ${message.slot} by validator ${message.validatorIndex}`, message.root);
    if (kind === "vote" || kind === "aggregate")
      this.#seeOnce(`vote of slot ${message.slot} by validator ${message.validatorIndex}`, message.dataRoot);
  }

  #seeVote({validatorIndex, data, dataRoot}: Extract<SentMessage, {kind: "vote"}>): void {
    const record = {
      sourceEpoch: data.source.epoch,
      targetEpoch: data.target.epoch,
      signingRoot: dataRoot,
    };
    const before = this.#votes.get(validatorIndex) ?? [];
    this.#votes.set(validatorIndex, before);
    if (before.some(({signingRoot}) => signingRoot === record.signingRoot)) return;
    for (const other of before)
      if (areSlashableVotes(other, record))
        this.#violations.add(
          `validator ${validatorIndex} voted ${other.sourceEpoch}→${other.targetEpoch} and ${record.sourceEpoch}→${record.targetEpoch}`,
        );
    before.push(record);
  }

  #seeProposal({validatorIndex, slot, root}: Extract<SentMessage, {kind: "block"}>): void {
    const before = this.#proposals.get(validatorIndex) ?? [];
    this.#proposals.set(validatorIndex, before);
    const record = {slot, signingRoot: root};
    if (before.some((other) => areSlashableProposals(other, record)))
      this.#violations.add(`validator ${validatorIndex} proposed two blocks in slot ${slot}`);
    before.push(record);
  }

  #seePayment({slot, feeRecipient}: Extract<SentMessage, {kind: "block" | "payload"}>): void {
    if (feeRecipient !== this.#feeRecipient)
      this.#violations.add(`the fees of slot ${slot} go to ${abbreviate(feeRecipient)}`);
  }

  #seeOnce(what: string, said: string): void {
    const before = this.#said.get(what) ?? said;
    this.#said.set(what, before);
    if (before !== said) this.#violations.add(`${what}: two things said`);
  }
}
