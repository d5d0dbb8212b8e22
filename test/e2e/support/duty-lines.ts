import {DUTY_KINDS, type DutyRecord} from "@mote/core";
import type {MoteProcess} from "./mote-process.ts";

export type EndedDuty = DutyRecord & {readonly end: NonNullable<DutyRecord["end"]>};

/** The duties of a kind that a node's journal has closed so far, as its JSON lines say. */
export function endedDuties(mote: MoteProcess, kind: DutyRecord["key"]["kind"] = "attestation"): EndedDuty[] {
  return mote.lines.flatMap((line) => {
    // A node that is stopped shows what it had not closed, too.
    if (line.event !== "duty" || line.kind !== kind || line.end === null) return [];
    const {slot, validatorIndex, pubkey, dueMs, reachedMs, end} = line;
    return [{key: {kind, slot, validatorIndex, pubkey}, dueMs, reachedMs, end} as unknown as EndedDuty];
  });
}

/** Those of all kinds that failed. */
export const failedDuties = (mote: MoteProcess): EndedDuty[] =>
  DUTY_KINDS.flatMap((kind) => endedDuties(mote, kind)).filter(({end}) => end.kind === "failed");
