type State = "sign" | "zero" | "integer" | "point" | "fraction" | "exponent" | "exponent_sign" | "exponent_digits";

/** Whether a number may stop here. */
const WHOLE: ReadonlySet<State> = new Set(["zero", "integer", "fraction", "exponent_digits"]);

/** The grammar of a number, byte by byte: RFC 8259, section 6. */
export class JsonNumberCheck {
  #state: State = "zero";

  get isWhole(): boolean {
    return WHOLE.has(this.#state);
  }

  /** False when no number starts with `byte`. */
  start(byte: number): boolean {
    if (byte === 0x2d) this.#state = "sign";
    else if (byte === 0x30) this.#state = "zero";
    else if (isDigit(byte)) this.#state = "integer";
    else return false;
    return true;
  }

  /** False when `byte` cannot go on with the number. */
  take(byte: number): boolean {
    const next = isDigit(byte) ? this.#afterDigit(byte) : this.#afterMark(byte);
    if (next === null) return false;
    this.#state = next;
    return true;
  }

  #afterDigit(byte: number): State | null {
    switch (this.#state) {
      case "sign":
        return byte === 0x30 ? "zero" : "integer";
      case "zero":
        return null;
      case "integer":
        return "integer";
      case "point":
      case "fraction":
        return "fraction";
      default:
        return "exponent_digits";
    }
  }

  #afterMark(byte: number): State | null {
    const isInteger = this.#state === "zero" || this.#state === "integer";
    if (byte === 0x2e) return isInteger ? "point" : null;
    if (byte === 0x65 || byte === 0x45) return isInteger || this.#state === "fraction" ? "exponent" : null;
    const isSign = byte === 0x2b || byte === 0x2d;
    return isSign && this.#state === "exponent" ? "exponent_sign" : null;
  }
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
