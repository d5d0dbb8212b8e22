/** Lets jobs run at once as long as the memory they need together stays within a budget; the others wait in their order. */
export class MemoryBudget {
  readonly #init: {readonly memoryBytesMax: number; readonly jobsMax: number};
  readonly #waiting: {readonly memoryBytes: number; readonly start: () => void}[] = [];
  #usedBytes = 0;
  #jobs = 0;

  constructor(init: {readonly memoryBytesMax: number; readonly jobsMax: number}) {
    this.#init = init;
  }

  /** Runs `job` when there is room for `memoryBytes`. A job that is larger than the whole budget runs alone. */
  async run<T>(memoryBytes: number, job: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({memoryBytes, start});
      this.#startWhatFits();
    });
    try {
      return await job();
    } finally {
      this.#jobs--;
      this.#usedBytes -= memoryBytes;
      this.#startWhatFits();
    }
  }

  #startWhatFits(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.memoryBytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#jobs++;
      this.#usedBytes += next.memoryBytes;
      next.start();
    }
  }

  #hasRoom(memoryBytes: number): boolean {
    const {memoryBytesMax, jobsMax} = this.#init;
    return this.#jobs === 0 || (this.#jobs < jobsMax && this.#usedBytes + memoryBytes <= memoryBytesMax);
  }
}
