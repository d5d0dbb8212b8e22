import {extname} from "node:path";
import {Worker} from "node:worker_threads";
import type {Log, Root, Signature, SignatureVerifier, SignedBy} from "@mote/core";
import {aggregateBytes, sameMessageBytes, type VerifierOrder, type VerifierReply} from "./verifier-order.ts";

/** A sync committee, which signs in every slot, and the committees of one slot; about 6 MiB. */
const KEYS_MAX = 4_096;
/** About 7,000 signatures, which take the other thread more than a second: who asks for more is asking in vain. */
const WAITING_BYTES_MAX = 2 ** 20;
/** A thread that dies so often without an answer in between would die again. */
const DEATHS_MAX = 5;

export interface ThreadedVerifierInit {
  /** Public keys that the other thread keeps ready. */
  readonly keysMax?: number;
  /** Of questions without an answer; beyond it a question is rejected, unless it is the only one. */
  readonly waitingBytesMax?: number;
}

export interface ThreadedVerifierComponents {
  readonly log: Log;
  /** Starts the other thread; by default the one of this package. */
  readonly startThread?: (init: {readonly keysMax: number}) => Worker;
}

interface Waiting {
  readonly sizeBytes: number;
  readonly resolve: (verdicts: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Verifies on one thread of its own, which begins with the first question. When that thread dies, what it had not answered is rejected, and the next
 * question begins another one, a few times.
 */
export class ThreadedVerifier implements SignatureVerifier {
  readonly #keysMax: number;
  readonly #waitingBytesMax: number;
  readonly #log: Log;
  readonly #startThread: NonNullable<ThreadedVerifierComponents["startThread"]>;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | null = null;
  #waitingBytes = 0;
  #questions = 0;
  #deaths = 0;
  #isClosed = false;

  constructor(init: ThreadedVerifierInit, components: ThreadedVerifierComponents) {
    this.#keysMax = init.keysMax ?? KEYS_MAX;
    this.#waitingBytesMax = init.waitingBytesMax ?? WAITING_BYTES_MAX;
    this.#log = components.log;
    this.#startThread = components.startThread ?? startVerifierThread;
  }

  async verifyAggregate(pubkeys: readonly Uint8Array[], signingRoot: Root, signature: Signature): Promise<boolean> {
    if (pubkeys.length === 0) return false;
    const [verdict] = await this.#ask("aggregate", aggregateBytes(pubkeys, signingRoot, signature));
    return verdict === 1;
  }

  async verifySameMessage(signingRoot: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
    if (signed.length === 0) return [];
    const verdicts = await this.#ask("same_message", sameMessageBytes(signingRoot, signed));
    return Array.from(verdicts, (verdict) => verdict === 1);
  }

  /** Rejects what is under way, and all that is asked later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.terminate();
  }

  #ask(kind: VerifierOrder["kind"], bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const sizeBytes = bytes.length;
    const refusal = this.#refusal(sizeBytes);
    if (refusal !== null) return Promise.reject(new Error(refusal));
    this.#thread ??= this.#begin();
    const thread = this.#thread;
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {sizeBytes, resolve, reject});
      this.#waitingBytes += sizeBytes;
      // The process lives on for an answer, and not for a thread that is idle.
      thread.ref();
      thread.postMessage({id, kind, bytes} satisfies VerifierOrder, [bytes.buffer]);
    });
  }

  #refusal(sizeBytes: number): string | null {
    if (this.#isClosed) return "the BLS verifier is closed";
    if (this.#deaths >= DEATHS_MAX) return `the BLS verifier's thread died ${DEATHS_MAX} times without an answer`;
    const isFull = this.#waiting.size > 0 && this.#waitingBytes + sizeBytes > this.#waitingBytesMax;
    return isFull ? `the BLS verifier has ${this.#waiting.size} questions to answer first` : null;
  }

  #begin(): Worker {
    const thread = this.#startThread({keysMax: this.#keysMax});
    let lastWords = "it was stopped";
    thread.on("message", (reply: VerifierReply) => this.#take(reply));
    thread.on("error", (error) => {
      lastWords = String(error);
    });
    thread.on("exit", () => this.#lost(thread, lastWords));
    return thread;
  }

  #take({id, verdicts}: VerifierReply): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#waitingBytes -= waiting.sizeBytes;
    this.#deaths = 0;
    if (this.#waiting.size === 0) this.#thread?.unref();
    waiting.resolve(verdicts);
  }

  #lost(thread: Worker, lastWords: string): void {
    if (this.#thread === thread) this.#thread = null;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    if (!this.#isClosed) {
      this.#deaths++;
      this.#log.warn("the BLS verifier's thread died", {lastWords, unanswered: lost.length, deaths: this.#deaths});
    }
    for (const {reject} of lost) reject(new Error(`the BLS verifier's thread is gone: ${lastWords}`));
  }
}

function startVerifierThread(workerData: {readonly keysMax: number}): Worker {
  // The same ending as this file: sources run in tests, built files elsewhere.
  const file = new URL(`./verifier-worker${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, {workerData, execArgv: []});
}
