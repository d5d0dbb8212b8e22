import {once} from "node:events";
import {Worker} from "node:worker_threads";
import {timed} from "./statistics.ts";

/** Bare BLS signing by many keys on all cores: what no validator client can be faster than. */
export class ThreadedRawSigning {
  readonly samplesMs: number[] = [];
  readonly #workers: readonly Worker[];

  constructor({keys, threads}: {readonly keys: number; readonly threads: number}) {
    const file = new URL("./raw-signing-worker.ts", import.meta.url);
    const share = (thread: number) => Math.ceil((keys - thread) / threads);
    this.#workers = Array.from({length: threads}, (_, thread) => new Worker(file, {workerData: share(thread)}));
    for (const worker of this.#workers) worker.unref();
  }

  async round(): Promise<void> {
    this.samplesMs.push(
      await timed(() =>
        Promise.all(
          this.#workers.map((worker) => {
            const done = once(worker, "message");
            worker.postMessage("sign");
            return done;
          }),
        ),
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
