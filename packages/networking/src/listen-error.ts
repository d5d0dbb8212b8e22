/** A port that was asked for is not to be had. */
export class ListenError extends Error {
  override name = "ListenError";
  /** The system's, such as EADDRINUSE; null when it is none of those that are known. */
  readonly code: string | null;

  /** @param where for people */
  constructor(where: string, cause: unknown) {
    const known = codeOf(cause);
    const reason = known === null ? textOf(cause) : REASONS[known];
    super(`cannot listen for peers on ${where}: ${reason}; choose another port or address`, {cause});
    this.code = known;
  }
}

const REASONS = {
  EADDRINUSE: "the port is in use",
  EACCES: "this user may not use the port",
  EADDRNOTAVAIL: "the address is none of this machine's",
  EAFNOSUPPORT: "this machine does not have this kind of address",
} as const;

/** libp2p has the codes of several listeners in one text. */
function codeOf(cause: unknown): keyof typeof REASONS | null {
  const code = (cause as {code?: unknown} | null)?.code;
  const text = textOf(cause);
  for (const known of Object.keys(REASONS) as (keyof typeof REASONS)[])
    if (code === known || text.includes(known)) return known;
  return null;
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
