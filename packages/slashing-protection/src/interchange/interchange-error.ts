/** What can be wrong with an interchange file. A closed list; docs/slashing-protection.md explains each. */
export const INTERCHANGE_ERROR_CODES = [
  "COMPRESSED",
  "NOT_UTF8",
  "NOT_JSON",
  "TRUNCATED",
  "TRAILING_DATA",
  "NESTED_TOO_DEEP",
  "VALUE_TOO_LONG",
  "DUPLICATE_FIELD",
  "MISSING_FIELD",
  "WRONG_TYPE",
  "INVALID_NUMBER",
  "INVALID_HEX",
  "UNSUPPORTED_VERSION",
  "WRONG_CHAIN",
  "PUBKEY_TOO_LATE",
] as const;
export type InterchangeErrorCode = (typeof INTERCHANGE_ERROR_CODES)[number];

/** Where in the file. `line` and `column` count from 1, columns in characters; `path` is as in `data[3].pubkey`, empty for the whole. */
export interface InterchangePlace {
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

/** The file cannot be taken in. Its message is one sentence for people: the place, what is wrong there, and what to do. */
export class InterchangeError extends Error {
  override name = "InterchangeError";
  readonly code: InterchangeErrorCode;
  readonly line: number;
  readonly column: number;
  readonly path: string;

  constructor(code: InterchangeErrorCode, place: InterchangePlace, problem: string, options?: ErrorOptions) {
    const path = place.path === "" ? "" : ` (${place.path})`;
    super(`line ${place.line}, column ${place.column}${path}: ${problem}; ${WAY_OUT[code]}`, options);
    this.code = code;
    this.line = place.line;
    this.column = place.column;
    this.path = place.path;
  }
}

const EXPORT_AGAIN = "export it again from the client that signed last, and do not edit it";
const COPY_AGAIN = "copy or export it again, since what is missing may be the newest records";

const WAY_OUT: Record<InterchangeErrorCode, string> = {
  COMPRESSED: "unpack it (gunzip) and import what comes out",
  NOT_UTF8: "save it as UTF-8, or export it again",
  NOT_JSON: EXPORT_AGAIN,
  TRUNCATED: COPY_AGAIN,
  TRAILING_DATA: "give one export a file, and import several one after the other",
  NESTED_TOO_DEEP: EXPORT_AGAIN,
  VALUE_TOO_LONG: EXPORT_AGAIN,
  DUPLICATE_FIELD: "nobody can tell which of the two is meant, so export it again from the client that signed last",
  MISSING_FIELD: EXPORT_AGAIN,
  WRONG_TYPE: EXPORT_AGAIN,
  INVALID_NUMBER: EXPORT_AGAIN,
  INVALID_HEX: EXPORT_AGAIN,
  UNSUPPORTED_VERSION: "export it with a release of the other client that writes version 5",
  WRONG_CHAIN: "take the export of this chain, or choose the file's chain with --network or --testnet-dir",
  PUBKEY_TOO_LATE: "put the pubkey of each entry before its records",
};
