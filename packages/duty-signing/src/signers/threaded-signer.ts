import {extname} from "node:path";
import {Worker} from "node:worker_threads";
import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Signature} from "@mote/core";
import {LocalSigner} from "./local-signer.ts";
import type {SignableMessage} from "./signable-message.ts";
import type {OwnKeysSigner} from "./signer.ts";
import type {SigningRequest, WorkerOrder, WorkerReply} from "./signing-worker.ts";

/** Handed over together: waking the other thread costs this one as much as a signature of its own. */
const BATCH_SIZE = 8;
/** One batch that the other thread signs, and one that keeps it from falling asleep. More, and this thread is done long before it. */
const WAITING_MAX = 2 * BATCH_SIZE;

/** From so many signatures at once a second thread (18 MiB) is worth its memory: they take this thread 7 ms. */
const SIGNATURES_FOR_THREAD_MIN = 16;

/** @param init.signaturesAtOnce in the common case: the votes of a slot */
export const isWorthThread = (init: {readonly signaturesAtOnce: number; readonly cores: number}): boolean =>
  init.cores > 1 && init.signaturesAtOnce >= SIGNATURES_FOR_THREAD_MIN;

interface Waiting extends Omit<SigningRequest, "id"> {
  readonly resolve: (signature: Signature | Promise<Signature>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Keeps a second thread busy with some messages and signs the others here: the many votes of a large set of keys take little more than half
 * the time. When that thread is lost, this one signs everything, what the other had not finished included.
 */
export class ThreadedSigner implements OwnKeysSigner {
  readonly #local = new LocalSigner({secretKeys: []});
  readonly #waiting = new Map<number, Waiting>();
  readonly #removals = new Map<number, () => void>();
  #worker: Worker | null;
  /** Not handed over yet. */
  #batch: SigningRequest[] = [];
  #requests = 0;

  constructor(init: {readonly secretKeys: readonly SecretKey[]}) {
    // The same ending as this file: sources run in tests, built files elsewhere.
    const file = new URL(`./signing-worker${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, {execArgv: []});
    this.#worker.on("message", (replies: readonly WorkerReply[]) => this.#take(replies));
    this.#worker.on("error", () => this.#lost());
    this.#worker.on("exit", () => this.#lost());
    // It never keeps the process alive by itself.
    this.#worker.unref();
    this.add(init.secretKeys);
  }

  get pubkeys(): Pubkey[] {
    return this.#local.pubkeys;
  }

  holds(pubkey: Pubkey): boolean {
    return this.#local.holds(pubkey);
  }

  sign(pubkey: Pubkey, message: Pick<SignableMessage, "signingRoot">): Promise<Signature> {
    const worker = this.#waiting.size < WAITING_MAX ? this.#worker : null;
    if (worker === null || !this.#local.holds(pubkey)) return this.#local.sign(pubkey, message);
    const id = this.#requests++;
    const {signingRoot} = message;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {pubkey, signingRoot, resolve, reject});
      this.#batch.push({id, pubkey, signingRoot});
      if (this.#batch.length === BATCH_SIZE) this.#handOver();
      // Who wants a few signatures has asked for all of them when this turn ends.
      else if (this.#batch.length === 1) queueMicrotask(() => this.#handOver());
    });
  }

  add(secretKeys: readonly SecretKey[]): void {
    const added = secretKeys.filter(({pubkey}) => !this.#local.holds(pubkey));
    this.#local.add(added);
    const copies = added.map(copyOfBytes);
    if (copies.length === 0) return;
    this.#order(
      {kind: "add", secretKeys: copies},
      copies.map(({buffer}) => buffer),
    );
    if (this.#worker === null) for (const copy of copies) copy.fill(0);
  }

  async remove(pubkeys: readonly Pubkey[]): Promise<void> {
    await this.#local.remove(pubkeys);
    this.#rejectBatched(new Set(pubkeys));
    const id = this.#requests++;
    await new Promise<void>((resolve) => {
      if (this.#worker === null) return resolve();
      this.#removals.set(id, resolve);
      this.#order({kind: "remove", id, pubkeys});
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #order(order: WorkerOrder, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(order, transfer);
  }

  #handOver(): void {
    if (this.#batch.length > 0) this.#order({kind: "sign", requests: this.#batch});
    this.#batch = [];
  }

  /** What the other thread was not told of yet, it is not told of at all. */
  #rejectBatched(removed: ReadonlySet<Pubkey>): void {
    for (const {id, pubkey} of this.#batch.filter((request) => removed.has(request.pubkey))) {
      this.#waiting.get(id)?.reject(new Error(`no secret key for ${pubkey} any more`));
      this.#waiting.delete(id);
    }
    this.#batch = this.#batch.filter(({pubkey}) => !removed.has(pubkey));
  }

  #take(replies: readonly WorkerReply[]): void {
    for (const reply of replies) {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else if ("signature" in reply) waiting?.resolve(reply.signature as Signature);
      else this.#endRemoval(reply.id);
    }
  }

  #endRemoval(id: number): void {
    this.#removals.get(id)?.();
    this.#removals.delete(id);
  }

  #lost(): void {
    this.#worker = null;
    this.#batch = [];
    for (const {pubkey, signingRoot, resolve} of this.#waiting.values()) {
      resolve(this.#local.sign(pubkey, {signingRoot}));
    }
    this.#waiting.clear();
    for (const id of this.#removals.keys()) this.#endRemoval(id);
  }
}

/** In memory of its own, which can be handed over to another thread. */
function copyOfBytes(secretKey: SecretKey): Uint8Array<ArrayBuffer> {
  const bytes = secretKey.toBytes();
  const copy = Uint8Array.from(bytes);
  bytes.fill(0);
  return copy;
}
