import assert from "node:assert/strict";
import {RefusedError} from "../../../src/command/refused-error.ts";
import type {Choice, Prompter, Question} from "../../../src/prompt/prompter.ts";

/** Answers in their order, and keeps what was asked. Without answers nobody is there. */
export class ScriptedPrompter implements Prompter {
  readonly isInteractive: boolean;
  readonly asked: string[] = [];
  readonly #answers: (string | boolean)[];

  constructor(answers: readonly (string | boolean)[] = [], {isInteractive = answers.length > 0} = {}) {
    this.#answers = [...answers];
    this.isInteractive = isInteractive;
  }

  async ask(question: Question): Promise<string> {
    return this.#next(question, "string");
  }

  async askHidden(question: Question): Promise<string> {
    return this.#next({...question, text: `(hidden) ${question.text}`}, "string");
  }

  async confirm(question: Question): Promise<boolean> {
    return this.#next(question, "boolean");
  }

  async choose<V>(_question: Question, _choices: readonly Choice<V>[]): Promise<V> {
    return assert.fail("no command about keys lets one choose");
  }

  done(): void {
    assert.deepEqual(this.#answers, [], "answers that nobody asked for");
  }

  #next<T extends string | boolean>({text, flag}: Question, type: "string" | "boolean"): T {
    this.asked.push(text);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new RefusedError(`nobody is there to answer "${text}": give ${flag}`);
    assert.equal(typeof answer, type, `the answer to "${text}"`);
    return answer as T;
  }
}
