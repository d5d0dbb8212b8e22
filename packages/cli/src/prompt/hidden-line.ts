/** Longer than any password or mnemonic. */
export const LINE_LENGTH_MAX = 4096;

export type HiddenLineEnd =
  /** `rest` was typed after it. */
  | {readonly kind: "entered"; readonly text: string; readonly rest: string}
  | {readonly kind: "interrupted"}
  | {readonly kind: "ended"};

const ESCAPE = "\u001b";

/** The line that comes about as keys are pressed on a terminal in raw mode. It shows nothing. */
export class HiddenLine {
  #text = "";
  /** What has come so far of a key that sends several characters, such as an arrow. */
  #escape = "";

  /** Null while the line goes on. */
  type(keys: string): HiddenLineEnd | null {
    const characters = [...keys];
    for (const [at, character] of characters.entries()) {
      if (this.#takeEscape(character)) continue;
      switch (character) {
        case "\r":
        case "\n": {
          const rest = characters.slice(at + 1).join("");
          return {kind: "entered", text: this.#text, rest: character === "\r" ? rest.replace(/^\n/, "") : rest};
        }
        case "\u0003":
          return {kind: "interrupted"};
        case "\u0004":
          if (this.#text === "") return {kind: "ended"};
          break;
        case "\u0008":
        case "\u007f":
          this.#text = [...this.#text].slice(0, -1).join("");
          break;
        case "\u0015":
          this.#text = "";
          break;
        default:
          if (character >= " " && this.#text.length < LINE_LENGTH_MAX) this.#text += character;
      }
    }
    return null;
  }

  /** Arrows and their like are no part of a password, and neither is what they send after the escape. */
  #takeEscape(character: string): boolean {
    if (this.#escape === "") {
      if (character !== ESCAPE) return false;
      this.#escape = ESCAPE;
      return true;
    }
    if (this.#escape === ESCAPE && (character === "[" || character === "O")) {
      this.#escape += character;
      return true;
    }
    const isLast = this.#escape === ESCAPE || /[@-~]/.test(character);
    if (isLast) this.#escape = "";
    // Enter and Ctrl-C after a lone Escape still count.
    return !(isLast && character < " ");
  }
}
