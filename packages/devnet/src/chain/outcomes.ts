import type {SubmitOutcome} from "./types.ts";

export const ACCEPTED: SubmitOutcome = {kind: "accepted"};
export const DUPLICATE: SubmitOutcome = {kind: "duplicate"};
export const refused = (reason: string): SubmitOutcome => ({kind: "refused", reason});

/** The reason of a rule that speaks by throwing; null when it was content. */
export function complaintOf(rule: () => void): string | null {
  try {
    rule();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
