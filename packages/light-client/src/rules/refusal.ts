import {assertNever} from "@mote/core";

/** Why a piece of light-client data was not taken. altair/light-client/sync-protocol.md, `validate_light_client_update` */
export const LIGHT_CLIENT_REFUSALS = [
  /** Not in the form that the fork of its attested header has on the wire. */
  "WRONG_FORMAT",
  "TOO_FEW_PARTICIPANTS",
  "SLOTS_OUT_OF_ORDER",
  /** The header's execution branch does not lead to its body root. */
  "INVALID_HEADER",
  /** A finalized header without a branch that proves it, or with one that does not. */
  "UNPROVEN_FINALITY",
  /** As above, of the next sync committee. */
  "UNPROVEN_COMMITTEE",
  /** The next sync committee is not the one that an earlier update has proven. */
  "OTHER_COMMITTEE",
  "INVALID_SIGNATURE",
  /** Of a bootstrap: it is for another block. */
  "OTHER_BLOCK",
  /** Signed at a slot that has not begun by our clock. */
  "FROM_THE_FUTURE",
  /** The committee that signed it is not known here (any more, or yet). */
  "UNKNOWN_COMMITTEE",
  /** It is older than what is known. */
  "NOT_RELEVANT",
  /** Signed as it must be, and its finalized header cannot stand beside the one that is known: two histories were finalized. */
  "CONFLICTING_FINALITY",
] as const;
export type LightClientRefusal = (typeof LIGHT_CLIENT_REFUSALS)[number];

/** Whether whoever sent it has been proven to send what is wrong. If not, our own knowledge or clock may be what is short. */
export function isSendersFault(refusal: LightClientRefusal): boolean {
  switch (refusal) {
    case "WRONG_FORMAT":
    case "TOO_FEW_PARTICIPANTS":
    case "SLOTS_OUT_OF_ORDER":
    case "INVALID_HEADER":
    case "UNPROVEN_FINALITY":
    case "UNPROVEN_COMMITTEE":
    case "OTHER_COMMITTEE":
    case "INVALID_SIGNATURE":
    case "OTHER_BLOCK":
      return true;
    case "FROM_THE_FUTURE":
    case "UNKNOWN_COMMITTEE":
    case "NOT_RELEVANT":
    case "CONFLICTING_FINALITY":
      return false;
    default:
      return assertNever(refusal);
  }
}
