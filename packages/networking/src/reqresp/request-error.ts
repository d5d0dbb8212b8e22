import type {Offence} from "../network.ts";

export type RequestErrorKind =
  /** There is no connection to the peer. */
  | "not_connected"
  /** The peer does not speak the protocol. */
  | "unsupported"
  /** The peer has as many requests of ours as it may have for now. */
  | "busy"
  /** The peer answered with an error. */
  | "refused"
  | "time_out"
  /** The stream or the connection broke. */
  | "lost"
  /** The answer was not sound; it has cost the peer. */
  | "unsound";

/** Why a request brought nothing, or nothing more. */
export class RequestError extends Error {
  override name = "RequestError";
  readonly kind: RequestErrorKind;
  /** The peer's response code, of a `refused` one. */
  readonly code: number | null;

  constructor(kind: RequestErrorKind, message: string, code: number | null = null) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

/** What a peer sent is well framed and says what cannot be. */
export class UnsoundError extends Error {
  override name = "UnsoundError";
  readonly offence: Offence;

  constructor(offence: Offence, message: string) {
    super(message);
    this.offence = offence;
  }
}
