import {RefusedError} from "../command/refused-error.ts";
import type {CommandIo} from "../command-io.ts";
import {HiddenLine, LINE_LENGTH_MAX} from "./hidden-line.ts";
import {InputText} from "./input-text.ts";
import type {Choice, Prompter, Question} from "./prompter.ts";
import {StoppedError} from "./stopped-error.ts";

/** Asks on standard error and reads standard input, so that standard output stays the result's. */
export class TerminalPrompter implements Prompter {
  readonly isInteractive: boolean;
  readonly #io: CommandIo;
  readonly #input: InputText;

  constructor(components: {readonly io: CommandIo}) {
    this.#io = components.io;
    this.#input = new InputText(components);
    this.isInteractive = components.io.stdin.isTTY === true;
  }

  async ask(question: Question): Promise<string> {
    return (await this.#line(question)).trim();
  }

  async askHidden(question: Question): Promise<string> {
    if (this.isInteractive) return await this.#hiddenLine(question);
    return question.wordsMax === undefined
      ? await this.#line(question)
      : await this.#words(question, question.wordsMax);
  }

  async confirm(question: Question, options: {readonly default: boolean} = {default: false}): Promise<boolean> {
    const text = `${question.text} [${options.default ? "Y/n" : "y/N"}]`;
    for (;;) {
      const answer = (await this.ask({...question, text})).toLowerCase();
      if (answer === "") return options.default;
      if (answer === "y" || answer === "yes") return true;
      if (answer === "n" || answer === "no") return false;
      this.#sayAgain(question, "please answer yes or no");
    }
  }

  async choose<V>(question: Question, choices: readonly Choice<V>[]): Promise<V> {
    if (this.isInteractive) {
      for (const [at, {text}] of choices.entries()) this.#io.stderr.write(`  ${at + 1}  ${text}\n`);
    }
    for (;;) {
      const answer = await this.ask({...question, text: `${question.text} [1-${choices.length}]`});
      const choice = /^\d{1,4}$/.test(answer) ? choices[Number(answer) - 1] : undefined;
      if (choice !== undefined) return choice.value;
      this.#sayAgain(question, `please answer with a number from 1 to ${choices.length}`);
    }
  }

  /** Only a person can think again. */
  #sayAgain({text, flag}: Question, wish: string): void {
    if (!this.isInteractive) throw new RefusedError(`"${text}" was not answered: ${wish}, or give ${flag}`);
    this.#io.stderr.write(`${wish}\n`);
  }

  async #line(question: Question): Promise<string> {
    this.#show(question);
    const line = await this.#nextLine(question);
    if (line === null) throw nobodyAnswers(question);
    return line;
  }

  async #words(question: Question, wordsMax: number): Promise<string> {
    let words: readonly string[] = [];
    while (words.length < wordsMax) {
      const line = await this.#nextLine(question);
      if (line === null && words.length === 0) throw nobodyAnswers(question);
      const more = (line ?? "").split(/\s+/).filter((word) => word !== "");
      if (more.length === 0 && words.length > 0) break;
      words = [...words, ...more];
      if (words.join(" ").length > LINE_LENGTH_MAX) throw tooLong(question);
    }
    return words.join(" ");
  }

  /** Null at the end of the input. */
  async #nextLine(question: Question): Promise<string | null> {
    let line = "";
    for (;;) {
      const piece = await this.#input.read();
      if (piece === null && line === "") return null;
      const [first = "", ...others] = (piece ?? "\n").split("\n");
      line += first;
      if (line.length > LINE_LENGTH_MAX) throw tooLong(question);
      if (others.length === 0) continue;
      this.#input.putBack(others.join("\n"));
      return line.replace(/\r$/, "");
    }
  }

  async #hiddenLine(question: Question): Promise<string> {
    const {stdin, stderr} = this.#io;
    // Before the question, so that not even a quick answer is echoed.
    stdin.setRawMode?.(true);
    try {
      this.#show(question);
      let line = new HiddenLine();
      for (;;) {
        const keys = await this.#input.read();
        let end = keys === null ? ({kind: "ended"} as const) : line.type(keys);
        while (question.wordsMax !== undefined && end?.kind === "entered" && end.rest.trim() !== "") {
          line = new HiddenLine();
          end = line.type(`${end.text} ${end.rest}`);
        }
        if (end === null) continue;
        if (end.kind === "interrupted") throw new StoppedError();
        if (end.kind === "ended") throw nobodyAnswers(question);
        this.#input.putBack(end.rest);
        return end.text;
      }
    } finally {
      stdin.setRawMode?.(false);
      stderr.write("\n");
    }
  }

  #show({text}: Question): void {
    if (this.isInteractive) this.#io.stderr.write(`${text} `);
  }
}

const nobodyAnswers = ({text, flag}: Question): RefusedError =>
  new RefusedError(`nobody is there to answer "${text}": give ${flag}`);

const tooLong = ({text}: Question): RefusedError => new RefusedError(`the answer to "${text}" is too long`);
