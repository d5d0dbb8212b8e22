import {ApiError} from "./api-error.ts";

/** Lets requests in one at a time, in the order in which they came, and sends away those that find the line full. */
export class TurnLine {
  readonly #waitingMax: number;
  #waiting = 0;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(init: {readonly waitingMax: number}) {
    this.#waitingMax = init.waitingMax;
  }

  /** Settles as `work` does. @throws {ApiError} 503 when too many wait already, or the line was closed meanwhile */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax)
      throw new ApiError(
        503,
        "too many changes wait to be carried out: try again when some of them have been answered",
      );
    this.#waiting++;
    const turn = this.#last.then(() => {
      this.#waiting--;
      if (this.#isClosed) throw new ApiError(503, "Mote is being stopped: nothing was changed");
      return work();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Whose turn has not come is sent away. */
  close(): void {
    this.#isClosed = true;
  }
}
