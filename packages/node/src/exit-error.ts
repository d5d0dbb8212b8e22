/** Exit codes of `mote`; a service manager must not restart after 2, 129 and 130. */
export const EXIT_ASKED_TO_STOP = 0;
export const EXIT_ERROR = 1;
export const EXIT_NEEDS_HUMAN = 2;
/** Another signer uses one of the keys. */
export const EXIT_DOPPELGANGER = 129;
/** One of the validators was slashed. */
export const EXIT_SLASHED = 130;

/** Ends the process with one clear line and a code that says whether starting again can help. */
export class ExitError extends Error {
  override name = "ExitError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
