import type {Stream} from "@libp2p/interface";
import {encodePayload} from "../../../src/codec/payload.ts";

/** A protocol payload as sound peers write it. */
export const payload = (ssz: Uint8Array): Buffer =>
  Buffer.concat([...encodePayload(ssz)].map((piece) => piece.subarray()));

/** A chunk of a response, with its context bytes if it has any. */
export const chunk = (code: number, ssz: Uint8Array, context: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.concat([Buffer.of(code), context, payload(ssz)]);

/** Everything that comes until the other side ends or resets. */
export function heard(stream: Stream): Promise<{readonly bytes: Buffer; readonly wasReset: boolean}> {
  const parts: Uint8Array[] = [];
  return new Promise((resolve) => {
    const finish = (wasReset: boolean) => resolve({bytes: Buffer.concat(parts), wasReset});
    stream.addEventListener("message", ({data}) => void parts.push(data.subarray()));
    stream.addEventListener("end", () => finish(stream.status === "reset"));
    stream.addEventListener("close", ({error}) => finish(error !== undefined));
  });
}

/** Resolves when `holds` does; mocha's time-out is the bound. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
