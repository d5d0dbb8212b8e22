import type {Answer} from "./answer.ts";

/** Several epochs of all that is agreed on. */
const AGREED_MAX = 1_024;

/** The first answer to a question is what the whole cluster signs: whoever asks the same later, or meanwhile, gets it too. */
export class AgreedAnswers {
  readonly #answers = new Map<string, Promise<Answer>>();

  /** Only success is agreed on: after any other answer, the next one to ask makes another try. */
  get(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const asked = ask();
    this.#answers.set(question, asked);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > AGREED_MAX && oldest !== undefined) this.#answers.delete(oldest);
    const forget = () => {
      if (this.#answers.get(question) === asked) this.#answers.delete(question);
    };
    asked.then(({status}) => {
      if (status !== 200) forget();
    }, forget);
    return asked;
  }
}
