import type {Connection, Stream} from "@libp2p/interface";
import {bytesToHex, type Clock} from "@mote/core";
import {encodePayload, readPayload} from "../codec/payload.ts";
import type {DigestPeriod, ForkDigests} from "../forks/fork-digests.ts";
import {Deadline} from "./deadline.ts";
import type {ReqRespTimeouts} from "./limits.ts";
import type {Protocol} from "./protocols.ts";
import {UnsoundError} from "./request-error.ts";
import {ERROR_MESSAGE_BOUNDS, ErrorResponse, RESPONSE_CODE} from "./response-code.ts";
import {StreamReader} from "./stream-reader.ts";
import {sendAll} from "./stream-writer.ts";

const CONTEXT_SIZE_BYTES = 4;

export interface ExchangeInit {
  readonly connection: Connection;
  /** The peer takes the first one that it speaks. */
  readonly protocols: readonly Protocol[];
  /** SSZ; null where nothing is sent. */
  readonly request: (protocol: Protocol) => Uint8Array | null;
  readonly chunksMax: number;
  readonly timeouts: ReqRespTimeouts;
}

export interface ResponseChunk {
  readonly protocol: Protocol;
  /** Of its context bytes; null where there are none. */
  readonly period: DigestPeriod | null;
  readonly ssz: Uint8Array;
}

/**
 * One request and its response, over a stream of its own. Nothing is read ahead of the consumer but what the stream holds.
 * @throws {InvalidFrameError | UnsoundError | TimeOutError | ErrorResponse}, or what the stream broke with
 */
export async function* exchange(
  {connection, protocols, request, chunksMax, timeouts}: ExchangeInit,
  {clock, digests}: {readonly clock: Clock; readonly digests: ForkDigests},
): AsyncGenerator<ResponseChunk> {
  const deadline = new Deadline({clock});
  const {signal} = deadline;
  let stream: Stream | null = null;
  let reader: StreamReader | null = null;
  try {
    deadline.set(timeouts.negotiationMs, "the negotiation of a stream");
    stream = await connection.newStream(
      protocols.map(({id}) => id),
      {signal},
    );
    const {protocol: spoken} = stream;
    const protocol = protocols.find(({id}) => id === spoken) as Protocol;
    reader = new StreamReader({stream, signal});
    deadline.set(timeouts.requestMs, "sending a request");
    const ssz = request(protocol);
    if (ssz !== null) await sendAll(stream, encodePayload(ssz), signal);
    // "The requester MUST close the write side": the responder waits for it.
    await stream.close({signal});
    for (let chunks = 0; ; chunks++) {
      const isEnd = chunks === chunksMax;
      if (isEnd) deadline.set(timeouts.endMs, "the end of a response");
      else deadline.set(timeouts.chunkMs, "a chunk of a response");
      // A response that is whole stands, however its stream ends.
      const code = await reader.readOrEnd(1).catch((error: unknown) => (isEnd ? null : Promise.reject(error)));
      if (code === null) {
        // Streams of a connection that is being closed end like any other.
        if (chunks === 0 && connection.status !== "open") throw new Error("the connection ends");
        return;
      }
      if (isEnd) throw new UnsoundError("invalid_response", `more than ${chunksMax} chunks`);
      const chunk = await readChunk(reader, code[0] as number, protocol, digests);
      deadline.clear();
      yield chunk;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    deadline.clear();
    reader?.detach();
    // A stream that was read to its end is closed by then, and for it this is nothing.
    stream?.abort(new Error("the request is over"));
  }
}

async function readChunk(
  reader: StreamReader,
  code: number,
  protocol: Protocol,
  digests: ForkDigests,
): Promise<ResponseChunk> {
  if (code !== RESPONSE_CODE.success) {
    const message = await readPayload(reader, ERROR_MESSAGE_BOUNDS);
    throw new ErrorResponse(code, printable(message));
  }
  const {response} = protocol;
  if (response.context === "none") return {protocol, period: null, ssz: await readPayload(reader, response.bounds)};
  const digest = bytesToHex(await reader.read(CONTEXT_SIZE_BYTES)).slice(2);
  const period = digests.byDigest(digest);
  const bounds = period === null ? null : response.boundsAt(period.fork);
  if (period === null || bounds === null)
    throw new UnsoundError("invalid_response", `a chunk of the unknown fork digest ${digest}`);
  return {protocol, period, ssz: await readPayload(reader, bounds)};
}

/** "Clients MUST treat as valid any byte sequences": it is for the log alone. */
const printable = (message: Uint8Array): string =>
  Buffer.from(message)
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]/g, "?");
