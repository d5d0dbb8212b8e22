const AGENT_LENGTH_MAX = 100;

/** What a peer says that it is, fit to be printed: it may hold anything. Null when nothing is left. */
export function cleanAgent(agent: string | undefined): string | null {
  const clean = agent
    ?.slice(0, AGENT_LENGTH_MAX)
    .replace(/[^\x20-\x7e]/g, "")
    .trim();
  return clean === undefined || clean === "" ? null : clean;
}
