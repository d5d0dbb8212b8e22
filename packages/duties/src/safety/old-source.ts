import {
  type AttesterDuty,
  type Epoch,
  type FailureReason,
  type Log,
  messageOf,
  type RecordedEpoch,
  type SignOutcome,
  type SlashingProtection,
} from "@mote/core";

/** What slashing protection says of a vote whose source is older than that of an earlier one. */
const OLD_SOURCE_REASONS: ReadonlySet<FailureReason> = new Set(["SURROUNDING_VOTE", "SOURCE_BELOW_MINIMUM"]);

/**
 * Asks the operator when the beacon nodes justify less than a key has voted from. Slashing protection refuses such votes, and only a human
 * knows which side is right. Asked once, until the nodes are past it.
 */
export class OldSourceQuestion {
  /** Recorded sources that were asked about. */
  readonly #asked = new Set<RecordedEpoch>();
  readonly #protection: Pick<SlashingProtection, "newest">;
  readonly #log: Log;

  constructor(components: {readonly protection: Pick<SlashingProtection, "newest">; readonly log: Log}) {
    this.#protection = components.protection;
    this.#log = components.log;
  }

  /** Looks at what became of a slot's votes from this source. */
  async look(
    sourceEpoch: Epoch,
    results: readonly {readonly duty: AttesterDuty; readonly outcome: SignOutcome}[],
  ): Promise<void> {
    for (const asked of this.#asked) if (sourceEpoch >= asked) this.#asked.delete(asked);
    for (const {duty, outcome} of results) {
      if (outcome.kind === "refused" && OLD_SOURCE_REASONS.has(outcome.reason)) await this.#ask(sourceEpoch, duty);
    }
  }

  async #ask(sourceEpoch: Epoch, {pubkey, validatorIndex}: AttesterDuty): Promise<void> {
    let newest: RecordedEpoch | null | undefined;
    try {
      newest = (await this.#protection.newest(pubkey))?.sourceEpoch;
    } catch (error) {
      this.#log.debug("newest record not read", {validator: validatorIndex, reason: messageOf(error)});
      return;
    }
    if (newest === null || newest === undefined || newest <= sourceEpoch || this.#asked.has(newest)) return;
    this.#asked.add(newest);
    this.#log.error(
      `the beacon nodes' justified epoch ${sourceEpoch} is older than ${newest}, from which validator ${validatorIndex} voted before: ` +
        "are they on the right chain, or still syncing? Such keys sign nothing until the nodes are past it",
    );
  }
}
