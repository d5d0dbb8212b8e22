import type {StreamMuxer, StreamMuxerFactory} from "@libp2p/interface";
import {type YamuxMuxerInit, yamux} from "@libp2p/yamux";

/**
 * What of the yamux library this package leans on beyond its published interface. As with gossipsub, it is checked when it is used, so that a version that
 * changes it fails loudly.
 */
interface SeenStream {
  /** Bytes that the peer may send before it hears of more, when none are on their way. */
  readonly recvWindow: number;
  /** What is left of them. */
  readonly recvWindowCapacity: number;
  readonly state: number;
  /** Called after each frame of data, and when a stream opens or goes on after a pause. */
  sendWindowUpdate(): void;
}
interface SeenMuxer extends StreamMuxer {
  _newStream(id: number, state: number, direction: string): SeenStream;
}

/** The library's StreamState.Established: the peer knows of the stream, so an update has nothing to tell but the window. */
const ESTABLISHED = 3;

/**
 * yamux that says that a window is open again when half of it is used up, as other libraries do. This one says so after each frame, and so doubles the frames
 * of gossip, each of which is encrypted and written by itself.
 */
export function frugalYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory: StreamMuxerFactory = yamux(init)();
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => frugal(create(connection) as SeenMuxer);
    return factory;
  };
}

/** @throws {Error} when the library is not the one that this was written for */
function frugal(muxer: SeenMuxer): StreamMuxer {
  const {_newStream: newStream} = muxer;
  if (typeof newStream !== "function") throw new Error("@libp2p/yamux has changed: _newStream");
  muxer._newStream = (id, state, direction) => {
    const stream = newStream.call(muxer, id, state, direction);
    const {sendWindowUpdate} = stream;
    if (typeof sendWindowUpdate !== "function" || typeof stream.recvWindowCapacity !== "number")
      throw new Error("@libp2p/yamux has changed: sendWindowUpdate, recvWindowCapacity");
    stream.sendWindowUpdate = () => {
      const isOpen = stream.recvWindowCapacity > stream.recvWindow / 2;
      if (stream.state !== ESTABLISHED || !isOpen) sendWindowUpdate.call(stream);
    };
    return stream;
  };
  return muxer;
}
