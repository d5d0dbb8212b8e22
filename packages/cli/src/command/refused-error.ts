import {EXIT_NEEDS_HUMAN} from "../command-io.ts";

/** Starting again does not help: a person has to do what the message says. */
export class RefusedError extends Error {
  override name = "RefusedError";
  readonly exitCode = EXIT_NEEDS_HUMAN;
}
