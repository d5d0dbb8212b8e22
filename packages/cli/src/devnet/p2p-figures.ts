/** What a micro-node says of its life among peers. Null: it has not said. */
export interface NodeP2pFigures {
  readonly peers: number | null;
  /** Of its votes, the part that peers sent or offered back to it: 0 to 1. */
  readonly echoRate: number | null;
  readonly lightClientFinalizedEpoch: number | null;
  /** Attestation data that it did not sign since evidence spoke against them, by the value that was wrong. */
  readonly vetoes: VetoFigures;
  /** Attestation data of which a value was neither proven nor disproven. */
  readonly notProvable: number;
}

export interface VetoFigures {
  readonly source: number;
  readonly target: number;
  readonly head: number;
}

export const NO_P2P_FIGURES: NodeP2pFigures = {
  peers: null,
  echoRate: null,
  lightClientFinalizedEpoch: null,
  vetoes: {source: 0, target: 0, head: 0},
  notProvable: 0,
};

/** Reads a node's log line; null for one that is of something else. */
export function readP2pFigures(line: Readonly<Record<string, unknown>>): NodeP2pFigures | null {
  if (line.event !== "p2p") return null;
  const vetoes =
    typeof line.vetoes === "object" && line.vetoes !== null ? (line.vetoes as Record<string, unknown>) : {};
  return {
    peers: numberOrNull(line.peers),
    echoRate: numberOrNull(line.echoRate),
    lightClientFinalizedEpoch: numberOrNull(line.lightClientFinalizedEpoch),
    vetoes: {
      source: numberOrNull(vetoes.source) ?? 0,
      target: numberOrNull(vetoes.target) ?? 0,
      head: numberOrNull(vetoes.head) ?? 0,
    },
    notProvable: numberOrNull(line.notProvable) ?? 0,
  };
}

/** Of several nodes the one that has it worst, and all of what they refused. */
export function joinP2pFigures(figures: readonly NodeP2pFigures[]): NodeP2pFigures {
  return figures.reduce(
    (joined, one) => ({
      peers: least(joined.peers, one.peers),
      echoRate: least(joined.echoRate, one.echoRate),
      lightClientFinalizedEpoch: least(joined.lightClientFinalizedEpoch, one.lightClientFinalizedEpoch),
      vetoes: {
        source: joined.vetoes.source + one.vetoes.source,
        target: joined.vetoes.target + one.vetoes.target,
        head: joined.vetoes.head + one.vetoes.head,
      },
      notProvable: joined.notProvable + one.notProvable,
    }),
    NO_P2P_FIGURES,
  );
}

const numberOrNull = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
