/**
 * The folders whose lock this process has. Locks of the system belong to the process as a whole: LevelDB's refusal to open one database
 * twice closes the lock file, and with it the system lets go of the first lock, so that another process could come in. So a second opening must
 * not get as far as LevelDB. This is state of the process, which no port could hold for it.
 */
const held = new Set<string>();

/** Takes `location`, a path without links, for this process. @returns what gives it back; null when the process has it already */
export function takeForProcess(location: string): (() => void) | null {
  if (held.has(location)) return null;
  held.add(location);
  return () => void held.delete(location);
}
