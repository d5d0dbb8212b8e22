import {
  InterchangeError,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreUnreachableError,
} from "@mote/slashing-protection";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN} from "../command-io.ts";

/** What a person is told when the slashing protection or an interchange file stands in the way; null for any other error. */
export function storeFailure(error: unknown): {readonly text: string; readonly exitCode: number} | null {
  if (error instanceof InterchangeError) {
    const text = `the file cannot be imported, and nothing was: ${error.message}`;
    return {text, exitCode: EXIT_NEEDS_HUMAN};
  }
  if (!(error instanceof ProtectionStoreError)) return null;
  if (error instanceof ProtectionStoreLockedError) {
    const text = `${error.message}; stop the mote that is running on it, then run this again`;
    return {text, exitCode: EXIT_NEEDS_HUMAN};
  }
  // Nothing answered, which may be different in a minute.
  const mayPass = error instanceof ProtectionStoreUnreachableError && error.sqlState === null;
  return {text: error.message, exitCode: mayPass ? EXIT_ERROR : EXIT_NEEDS_HUMAN};
}
