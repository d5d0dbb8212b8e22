/** The statuses that are no success. 408, 413, 415 and 503 are HTTP's own; the others are in the Keymanager API's description. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 408 | 413 | 415 | 500 | 503;

/** An answer that is no success. Its message goes to the caller as it is: it never repeats what the request said, which may be a secret. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: ErrorStatus;

  constructor(status: ErrorStatus, message: string) {
    super(message);
    this.status = status;
  }
}

/** What an unexpected error may say in the log: where it happened, and its words only when they are the system's, which know files and no bodies. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return "something that is no error was thrown";
  const {code, syscall} = error as NodeJS.ErrnoException;
  if (typeof code === "string" && typeof syscall === "string") return error.message;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.slice(0, 5).map((line) => line.trim())].join(" ");
}
