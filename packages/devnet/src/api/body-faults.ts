import type {OutgoingHttpHeaders, ServerResponse} from "node:http";
import {type Clock, sleep} from "@mote/core";
import type {FlagFaultKind} from "../faults/fault-spec.ts";

const SLOW_BYTE_MS = 1000;
export const HUGE_BODY_BYTES = 100_000_000;
const BLANKS = Buffer.alloc(1 << 16, " ");

export interface BodyFaultComponents {
  readonly clock: Clock;
  /** Ends what is slow. */
  readonly signal: AbortSignal;
}

/** From here on the response's body is sent as the flags have it. */
export function spoilBody(
  response: ServerResponse,
  flags: ReadonlySet<FlagFaultKind>,
  components: BodyFaultComponents,
): void {
  if (flags.has("truncate")) replaceEnd(response, (body) => sendHalf(response, body));
  else if (flags.has("slow-body")) replaceEnd(response, (body) => sendSlowly(response, body, components));
  else if (flags.has("huge-body")) {
    withoutLength(response);
    replaceEnd(response, (body) => sendWithBlanks(response, body));
  }
}

/** Answers without a body end as ever. */
function replaceEnd(response: ServerResponse, send: (body: Buffer) => unknown): void {
  const whole = response.end.bind(response);
  response.end = ((body?: unknown) => {
    if (typeof body !== "string" && !(body instanceof Uint8Array)) return whole();
    response.end = whole;
    // A client that went away meanwhile is no failure of ours.
    response.on("error", () => {});
    send(Buffer.from(body as Uint8Array));
    return response;
  }) as ServerResponse["end"];
}

/** The headers still promise the whole, and the connection ends with the body. */
function sendHalf(response: ServerResponse, body: Buffer): void {
  if (!response.headersSent && !response.hasHeader("content-length")) response.setHeader("content-length", body.length);
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

async function sendSlowly(response: ServerResponse, body: Buffer, {clock, signal}: BodyFaultComponents): Promise<void> {
  for (const byte of body) {
    if (response.destroyed || signal.aborted) return;
    response.write(Uint8Array.of(byte));
    await sleep(clock, SLOW_BYTE_MS, signal);
  }
  response.end();
}

/** Blanks after JSON change nothing of what it says: only its size is wrong. */
async function sendWithBlanks(response: ServerResponse, body: Buffer): Promise<void> {
  response.write(body);
  for (let sent = 0; sent < HUGE_BODY_BYTES && !response.destroyed; sent += BLANKS.length) {
    if (!response.write(BLANKS) && !response.destroyed) await drainedOrClosed(response);
  }
  response.end();
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/** The body comes in chunks whose sum nobody was told of. */
function withoutLength(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders = {}) => {
    const {"content-length": _, ...others} = headers;
    return writeHead(status, others);
  }) as ServerResponse["writeHead"];
}
