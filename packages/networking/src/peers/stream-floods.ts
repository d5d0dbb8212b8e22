import type {Connection, Stream} from "@libp2p/interface";
import type {Clock} from "@mote/core";

/** Streams that a peer may have open on one connection: identify, gossip, and the protocols of requests, two of each. */
export const INBOUND_STREAMS_MAX = 64;
/** Of one connection: honest peers open some tens, and one that is reset at once costs as much as one that is used. */
const STREAMS_PER_WINDOW_MAX = 256;
const WINDOW_MS = 10_000;
/** Of one connection. So many that are refused tell a flood from a mistake, and whoever sends them is given no more time. */
const REFUSED_STREAMS_MAX = 64;

/**
 * What of libp2p and its muxers this package leans on beyond their published interface: a muxer refuses streams without a word. As with gossipsub, it is
 * checked when it is used, so that a version that changes it fails loudly.
 */
interface SeenMuxer {
  readonly protocol: string;
  readonly status: string;
  readonly streams: readonly Stream[];
  /** Called for each stream that the peer opened, and the muxer took. */
  onRemoteStream(stream: Stream): void;
  abort(error: Error): void;
  /** yamux's own: the peer said that it closes the connection. */
  readonly remoteGoAway?: number;
}
interface SeenYamux extends SeenMuxer {
  readonly numInboundStreams: number;
  readonly maxInboundStreams: number;
  /** Called for each stream that the peer opens. Above its bound it answers with a reset. */
  incomingStream(id: number): void;
}
/** What mplex calls `abort` with when more streams, or more frames for streams that are gone, came in a second than it bears. */
const MPLEX_FLOOD = /^Too many (open streams|messages for missing streams)$/;

/**
 * Tells of each stream that a peer opens on a connection beyond {@link INBOUND_STREAMS_MAX} at once, or faster than anybody needs. Of too many at once yamux
 * refuses each itself; mplex takes all, so that they are refused here.
 * @throws {Error} when the libraries are not those that this was written for
 */
export function watchStreams(
  connection: Connection,
  {clock, onRefused}: {readonly clock: Pick<Clock, "nowMs">; readonly onRefused: () => void},
): void {
  const muxer: SeenMuxer | undefined = Reflect.get(connection, "muxer");
  if (typeof muxer?.onRemoteStream !== "function" || typeof muxer.abort !== "function")
    throw new Error("libp2p has changed: the muxer of a connection");
  let refused = 0;
  const onOneRefused = () => {
    if (++refused > REFUSED_STREAMS_MAX) return;
    onRefused();
    if (refused === REFUSED_STREAMS_MAX) connection.abort(new Error("too many streams"));
  };
  if (isGivenUp(muxer, connection)) {
    onOneRefused();
    connection.abort(new Error("too many streams"));
    return;
  }
  if (muxer.protocol.includes("yamux")) watchYamux(muxer as SeenYamux, onOneRefused);
  else watchMplex(muxer, connection, onOneRefused);
  watchPace(muxer, new Pace({clock}), onOneRefused);
}

/** How many came in the window that is running. */
class Pace {
  readonly #clock: Pick<Clock, "nowMs">;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(components: {readonly clock: Pick<Clock, "nowMs">}) {
    this.#clock = components.clock;
  }

  isTooFast(): boolean {
    const nowMs = this.#clock.nowMs();
    const isOver = nowMs < this.#sinceMs || nowMs >= this.#sinceMs + WINDOW_MS;
    if (isOver) [this.#sinceMs, this.#count] = [nowMs, 0];
    return ++this.#count > STREAMS_PER_WINDOW_MAX;
  }
}

function watchPace(muxer: SeenMuxer, pace: Pace, onRefused: () => void): void {
  const {onRemoteStream} = muxer;
  muxer.onRemoteStream = (stream) => {
    if (!pace.isTooFast()) return onRemoteStream.call(muxer, stream);
    stream.abort(new Error("too many streams"));
    onRefused();
  };
}

/** More than ten streams came before the connection was made of the muxer: the muxer ends then, and the library leaves a connection without one. */
const isGivenUp = (muxer: SeenMuxer, connection: Connection): boolean =>
  muxer.status !== "open" && muxer.remoteGoAway === undefined && connection.status === "open";

function watchYamux(muxer: SeenYamux, onRefused: () => void): void {
  const {incomingStream} = muxer;
  if (typeof incomingStream !== "function" || typeof muxer.numInboundStreams !== "number")
    throw new Error("@libp2p/yamux has changed: incomingStream, numInboundStreams");
  muxer.incomingStream = (id) => {
    const before = muxer.numInboundStreams;
    incomingStream.call(muxer, id);
    const isRefused = before >= muxer.maxInboundStreams && muxer.numInboundStreams === before;
    if (isRefused && !muxer.streams.some((stream) => stream.id === `${id}`)) onRefused();
  };
}

function watchMplex(muxer: SeenMuxer, connection: Connection, onRefused: () => void): void {
  const {onRemoteStream, abort} = muxer;
  muxer.onRemoteStream = (stream) => {
    const open = muxer.streams.filter(({direction}) => direction === "inbound").length;
    if (open < INBOUND_STREAMS_MAX) return onRemoteStream.call(muxer, stream);
    stream.abort(new Error("too many streams"));
    onRefused();
  };
  muxer.abort = (error) => {
    const wasOpen = muxer.status === "open";
    abort.call(muxer, error);
    if (!wasOpen || !MPLEX_FLOOD.test(error.message)) return;
    onRefused();
    // The library leaves the connection as it is, without a muxer.
    connection.abort(error);
  };
}
