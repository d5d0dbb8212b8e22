import {type DutyEnd, type DutyJournal, type DutyKey, type DutyRecord, FAILURE_REASONS} from "@mote/core";

export interface EndedDuty {
  readonly key: DutyKey;
  /** Null: it was still open when everything had stopped. */
  readonly end: DutyEnd | null;
}

/** The end of every duty, as the journal tells it; of one that was taken back and opened anew, the last. */
export class DutyEnds {
  readonly #duties = new Map<string, EndedDuty>();

  constructor({journal}: {readonly journal: Pick<DutyJournal, "subscribe">}) {
    journal.subscribe((record) => this.#hear(record));
  }

  of(key: Pick<DutyKey, "kind" | "slot" | "validatorIndex">): EndedDuty | undefined {
    return this.#duties.get(nameOf(key));
  }

  all(): readonly EndedDuty[] {
    return [...this.#duties.values()];
  }

  /** Failed for a reason that is not on the closed list. */
  unlisted(): readonly string[] {
    return this.all().flatMap(({key, end}) =>
      end?.kind === "failed" && !FAILURE_REASONS.includes(end.reason) ? [`${nameOf(key)} ${end.reason}`] : [],
    );
  }

  #hear({key, end}: DutyRecord): void {
    this.#duties.set(nameOf(key), {key, end});
  }
}

export const nameOf = ({
  kind,
  slot,
  validatorIndex,
  subcommitteeIndex = 0,
}: DutyKey | (Pick<DutyKey, "kind" | "slot" | "validatorIndex"> & {subcommitteeIndex?: number})): string =>
  `${kind} ${slot}/${validatorIndex}/${subcommitteeIndex}`;
