import {parentPort, workerData} from "node:worker_threads";
import {SecretKey} from "@mote/consensus/secret-key";
import type {Root} from "@mote/core";

/** The other thread of a `ThreadedSigner`: signs what it is sent, batch by batch. */

export interface SigningRequest {
  readonly id: number;
  /** Place in the list of keys that the thread was started with. */
  readonly key: number;
  readonly signingRoot: Root;
}

export type SigningReply =
  | {readonly id: number; readonly signature: Uint8Array}
  | {readonly id: number; readonly error: string};

const keys = (workerData as readonly Uint8Array[]).map((bytes) => SecretKey.fromBytes(bytes));

function sign({id, key, signingRoot}: SigningRequest): SigningReply {
  try {
    const secretKey = keys[key];
    if (secretKey === undefined) throw new Error(`no key ${key}`);
    return {id, signature: secretKey.sign(signingRoot)};
  } catch (error) {
    return {id, error: String(error)};
  }
}

parentPort?.on("message", (requests: readonly SigningRequest[]) => parentPort?.postMessage(requests.map(sign)));
