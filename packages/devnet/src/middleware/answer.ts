import type {ItemFailure} from "../api/methods.ts";
import {JSON_TYPE} from "../api/wire-formats.ts";

/** What an operator's node is answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** The request cannot be answered, in the words of the API's error message. */
export class RefusedError extends Error {
  override name = "RefusedError";
  readonly status: number;
  readonly failures: readonly ItemFailure[];

  constructor(status: number, message: string, failures: readonly ItemFailure[] = []) {
    super(message);
    this.status = status;
    this.failures = failures;
  }
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return {status, headers: {"content-type": JSON_TYPE}, body: JSON.stringify(value)};
}

export const EMPTY_ANSWER: Answer = {status: 200, headers: {}, body: ""};
