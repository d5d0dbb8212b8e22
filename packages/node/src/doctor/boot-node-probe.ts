import type {Clock} from "@mote/core";

export interface BootNodeAnswers {
  readonly asked: number;
  readonly answered: number;
}

/** Loaded only here: who does not join the network needs nothing of it. */
export async function probeBootNodes(
  bootNodes: readonly string[],
  components: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<BootNodeAnswers> {
  const {probeBootNodes: probe} = await import("@mote/networking");
  return probe(bootNodes, components);
}
