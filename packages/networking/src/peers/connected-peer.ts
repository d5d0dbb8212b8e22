import type {LocalStatus, PeerView} from "../network.ts";
import type {Identified, OpenConnection} from "./connections.ts";
import type {PeerMetadata, PeerWire} from "./peer-wire.ts";
import type {PrunablePeer} from "./prune-plan.ts";
import type {Subnets} from "./subnet-wants.ts";

/** What the peer manager knows of a peer while there is a connection. */
export interface ConnectedPeer {
  readonly connection: OpenConnection;
  readonly connectedAtMs: number;
  identified: Identified;
  /** Null until it has said its own, and it is of our chain. */
  status: LocalStatus | null;
  metadata: PeerMetadata | null;
  /** It is being asked. */
  isBusy: boolean;
  isLeaving: boolean;
  /** To answer, in a row. */
  failures: number;
  /** When it is asked again. */
  nextTouchMs: number;
}

export const connectedPeer = (connection: OpenConnection, nowMs: number): ConnectedPeer => ({
  connection,
  connectedAtMs: nowMs,
  identified: {agent: null, protocols: []},
  status: null,
  metadata: null,
  isBusy: false,
  isLeaving: false,
  failures: 0,
  nextTouchMs: nowMs,
});

/** None until it has said which. */
export const subnetsOf = ({metadata}: ConnectedPeer): Subnets => metadata ?? {attnets: [], syncnets: []};

export function viewOf(entry: ConnectedPeer, score: number): PeerView {
  const {connection, identified, status} = entry;
  const {peer: peerId, multiaddr, direction} = connection;
  const {attnets, syncnets} = subnetsOf(entry);
  return {peerId, multiaddr, direction, ...identified, status, attnets, syncnets, score};
}

export function prunableOf(
  entry: ConnectedPeer,
  judged: Pick<PrunablePeer, "score" | "isDirect" | "isChosen" | "isSettled">,
): PrunablePeer {
  const {attnets, syncnets} = subnetsOf(entry);
  return {peer: entry.connection.peer, connectedAtMs: entry.connectedAtMs, attnets, syncnets, ...judged};
}

/** Whether it still lives, and where it is. The metadata is null when what is known holds. */
export async function askPeer(
  {connection: {peer}, metadata}: ConnectedPeer,
  wire: PeerWire,
): Promise<{readonly status: LocalStatus; readonly metadata: PeerMetadata | null}> {
  const seqNumber = metadata === null ? null : await wire.ping(peer);
  const status = await wire.status(peer);
  const isKnown = metadata !== null && seqNumber === metadata.seqNumber;
  return {status, metadata: isKnown ? null : await wire.metadata(peer)};
}
