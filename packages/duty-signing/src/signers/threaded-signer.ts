import {extname} from "node:path";
import {Worker} from "node:worker_threads";
import type {SecretKey} from "@mote/consensus/secret-key";
import type {Pubkey, Root, Signature} from "@mote/core";
import {LocalSigner} from "./local-signer.ts";
import type {Signer} from "./signer.ts";
import type {SigningReply, SigningRequest} from "./signing-worker.ts";

/** Handed over together: waking the other thread costs this one as much as a signature of its own. */
const BATCH_SIZE = 8;
/** One batch that the other thread signs, and one that keeps it from falling asleep. More, and this thread is done long before it. */
const WAITING_MAX = 2 * BATCH_SIZE;

interface Waiting {
  readonly pubkey: Pubkey;
  readonly signingRoot: Root;
  readonly resolve: (signature: Signature | Promise<Signature>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Keeps a second thread busy with some messages and signs the others here: the many votes of a large set of keys take little more than half
 * the time. When that thread is lost, this one signs everything, what the other had not finished included.
 */
export class ThreadedSigner implements Signer {
  readonly #local: LocalSigner;
  readonly #keyIndices: ReadonlyMap<Pubkey, number>;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null;
  /** Not handed over yet. */
  #batch: SigningRequest[] = [];
  #requests = 0;

  constructor(init: {readonly secretKeys: readonly SecretKey[]}) {
    this.#local = new LocalSigner(init);
    this.#keyIndices = new Map(init.secretKeys.map(({pubkey}, index) => [pubkey, index]));
    // The same ending as this file: sources run in tests, built files elsewhere.
    const file = new URL(`./signing-worker${extname(import.meta.url)}`, import.meta.url);
    const workerData = init.secretKeys.map((secretKey) => secretKey.toBytes());
    this.#worker = new Worker(file, {workerData, execArgv: []});
    this.#worker.on("message", (replies: readonly SigningReply[]) => this.#take(replies));
    this.#worker.on("error", () => this.#lost());
    this.#worker.on("exit", () => this.#lost());
    // It never keeps the process alive by itself.
    this.#worker.unref();
  }

  get pubkeys(): Pubkey[] {
    return this.#local.pubkeys;
  }

  holds(pubkey: Pubkey): boolean {
    return this.#local.holds(pubkey);
  }

  sign(pubkey: Pubkey, signingRoot: Root): Promise<Signature> {
    const key = this.#keyIndices.get(pubkey);
    const id = this.#requests++;
    const worker = this.#waiting.size < WAITING_MAX ? this.#worker : null;
    if (worker === null || key === undefined) return this.#local.sign(pubkey, signingRoot);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {pubkey, signingRoot, resolve, reject});
      this.#batch.push({id, key, signingRoot});
      if (this.#batch.length === BATCH_SIZE) this.#handOver();
      // Who wants a few signatures has asked for all of them when this turn ends.
      else if (this.#batch.length === 1) queueMicrotask(() => this.#handOver());
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #handOver(): void {
    if (this.#batch.length > 0) this.#worker?.postMessage(this.#batch);
    this.#batch = [];
  }

  #take(replies: readonly SigningReply[]): void {
    for (const reply of replies) {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.signature as Signature);
    }
  }

  #lost(): void {
    this.#worker = null;
    for (const {pubkey, signingRoot, resolve} of this.#waiting.values()) resolve(this.#local.sign(pubkey, signingRoot));
    this.#waiting.clear();
  }
}
