import {parentPort} from "node:worker_threads";
import {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Root} from "@mote/core";

/** The other thread of a `ThreadedSigner`: does what it is told, in the order in which it is told. */

export interface SigningRequest {
  readonly id: number;
  readonly pubkey: Pubkey;
  readonly signingRoot: Root;
}

export type WorkerOrder =
  /** 32 bytes each, handed over for good: the thread that sends them keeps no copy. */
  | {readonly kind: "add"; readonly secretKeys: readonly Uint8Array[]}
  | {readonly kind: "sign"; readonly requests: readonly SigningRequest[]}
  /** Answered when everything that was asked for before has been answered. */
  | {readonly kind: "remove"; readonly id: number; readonly pubkeys: readonly Pubkey[]};

export type WorkerReply =
  | {readonly id: number; readonly signature: Uint8Array}
  | {readonly id: number; readonly error: string}
  | {readonly id: number; readonly removed: true};

const keys = new Map<Pubkey, SecretKey>();

function add(bytes: Uint8Array): void {
  const secretKey = SecretKey.fromBytes(bytes);
  bytes.fill(0);
  keys.set(secretKey.pubkey, secretKey);
}

function sign({id, pubkey, signingRoot}: SigningRequest): WorkerReply {
  try {
    const secretKey = keys.get(pubkey);
    if (secretKey === undefined) throw new Error(`no secret key for ${pubkey}`);
    return {id, signature: secretKey.sign(signingRoot)};
  } catch (error) {
    return {id, error: String(error)};
  }
}

function carryOut(order: WorkerOrder): readonly WorkerReply[] {
  switch (order.kind) {
    case "add":
      for (const bytes of order.secretKeys) add(bytes);
      return [];
    case "sign":
      return order.requests.map(sign);
    case "remove":
      for (const pubkey of order.pubkeys) keys.delete(pubkey);
      return [{id: order.id, removed: true}];
  }
}

parentPort?.on("message", (order: WorkerOrder) => {
  const replies = carryOut(order);
  if (replies.length > 0) parentPort?.postMessage(replies);
});
