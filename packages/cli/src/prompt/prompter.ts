/** What is asked of a person. */
export interface Question {
  readonly text: string;
  /** What answers it without a person, as `--password-file <file>`: named when nobody can be asked. */
  readonly flag: string;
  /**
   * Of a hidden question that is answered with so many words or fewer: line breaks within what is pasted at once are spaces, and do not end the
   * answer. Without a terminal it ends at an empty line, or with as many words.
   */
  readonly wordsMax?: number;
}

export interface Choice<V> {
  readonly value: V;
  readonly text: string;
}

/**
 * Asks whoever runs the command. Without a terminal the answers are the lines of standard input.
 * Every method throws a {@link RefusedError} when there is nobody to answer, and a {@link StoppedError} at Ctrl-C.
 */
export interface Prompter {
  /** A person sits there: what was answered wrongly may be asked again. */
  readonly isInteractive: boolean;
  /** The answer without spaces at either end. */
  ask(question: Question): Promise<string>;
  /** The answer as it was typed, and nothing of it is shown. */
  askHidden(question: Question): Promise<string>;
  /** An empty answer is the default. */
  confirm(question: Question, options?: {readonly default: boolean}): Promise<boolean>;
  choose<V>(question: Question, choices: readonly Choice<V>[]): Promise<V>;
}
