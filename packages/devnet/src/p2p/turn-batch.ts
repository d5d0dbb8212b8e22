import type {SubmitOutcome} from "../chain/types.ts";

interface Waiting<Value> {
  readonly value: Value;
  readonly resolve: (outcome: SubmitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages come one by one and are cheap to verify together: those of one turn of the event loop are. */
export class TurnBatch<Value> {
  readonly #submit: (list: readonly Value[]) => readonly SubmitOutcome[];
  #waiting: Waiting<Value>[] = [];

  constructor(components: {readonly submit: (list: readonly Value[]) => readonly SubmitOutcome[]}) {
    this.#submit = components.submit;
  }

  add(value: Value): Promise<SubmitOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({value, resolve, reject});
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#judge(waiting);
  }

  #judge(waiting: readonly Waiting<Value>[]): void {
    try {
      const outcomes = this.#submit(waiting.map(({value}) => value));
      waiting.forEach(({resolve, reject}, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined) reject(new Error(`message ${i} of a batch was not judged`));
        else resolve(outcome);
      });
    } catch (error) {
      // One of them is to blame: the others are not to be lost with it.
      if (waiting.length === 1) waiting[0]?.reject(error);
      else for (const one of waiting) this.#judge([one]);
    }
  }
}
