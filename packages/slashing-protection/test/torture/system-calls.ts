/** What a trace of `strace -f -y` says happened, in its order. */
export type SystemCall =
  /** A line on the standard output was written. */
  | {readonly kind: "line"; readonly text: string}
  /** A write to LevelDB's log began. */
  | {readonly kind: "write"; readonly path: string}
  /** A sync of LevelDB's log began, or came back without an error. */
  | {readonly kind: "sync_begun" | "sync_done"; readonly path: string; readonly thread: string};

/** Reads the lines of a trace that was taken with `-f -y -e trace=write,fdatasync,fsync`. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const syncing = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const [, thread = "", call = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const printed = /^write\(1(?:<[^>]*>)?, "(.*)\\n"/.exec(call);
    if (printed?.[1] !== undefined) calls.push({kind: "line", text: printed[1]});
    const written = /^write\(\d+<([^>]*\.log)>/.exec(call);
    if (written?.[1] !== undefined) calls.push({kind: "write", path: written[1]});
    const synced = /^(?:fdatasync|fsync)\(\d+<([^>]*\.log)>/.exec(call);
    if (synced?.[1] !== undefined) {
      syncing.set(thread, synced[1]);
      calls.push({kind: "sync_begun", path: synced[1], thread});
    }
    const isSync = synced !== null || /^<\.\.\. (?:fdatasync|fsync) resumed>/.test(call);
    const path = syncing.get(thread);
    if (isSync && path !== undefined && /\) += 0$/.test(call)) {
      calls.push({kind: "sync_done", path, thread});
      syncing.delete(thread);
    }
  }
  return calls;
}

/**
 * The requests whose answer was given before its record was on disk: between the lines `asked …` and `answered …` there is no write to the
 * log that a sync followed and came back from.
 */
export function findUnsynced(calls: readonly SystemCall[]): string[] {
  const unsynced: string[] = [];
  for (const [index, call] of calls.entries()) {
    if (call.kind !== "line" || !call.text.startsWith("answered ")) continue;
    const what = call.text.slice("answered ".length);
    const asked = calls.findIndex((other) => other.kind === "line" && other.text === `asked ${what}`);
    if (asked < 0 || !endsOnDisk(calls.slice(asked + 1, index))) unsynced.push(what);
  }
  return unsynced;
}

/** The last write has to be followed by a sync of its log that began after it and is done. */
function endsOnDisk(calls: readonly SystemCall[]): boolean {
  const lastWrite = calls.findLastIndex(({kind}) => kind === "write");
  const written = calls[lastWrite];
  if (written?.kind !== "write") return false;
  const after = calls.slice(lastWrite + 1);
  return after.some(
    (begun, index) =>
      begun.kind === "sync_begun" &&
      begun.path === written.path &&
      after.slice(index + 1).some((done) => done.kind === "sync_done" && done.thread === begun.thread),
  );
}
