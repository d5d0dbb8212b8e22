import {EXIT_ERROR} from "../command-io.ts";

/** The person who was asked pressed Ctrl-C, or the process was told to stop meanwhile. */
export class StoppedError extends Error {
  override name = "StoppedError";
  readonly exitCode = EXIT_ERROR;

  constructor() {
    super("stopped");
  }
}
