import {assertNever} from "@mote/core";
import {InterchangeError, type InterchangeErrorCode, type InterchangePlace} from "./interchange-error.ts";
import {JsonNumberCheck} from "./json-number-check.ts";
import {type JsonFrame, jsonPath} from "./json-path.ts";
import {Utf8Check} from "./utf8-check.ts";

/** Much more than any value that matters: a public key has 98 characters. */
const TOKEN_SIZE_BYTES_MAX = 1024;
/** The format nests five deep; the rest is for what other clients may add. */
const DEPTH_MAX = 32;

const KEY_TEXT_COUNT_MAX = 64;

/** What the tokenizer finds, in the order of the file. Strings come unescaped, with `?` for every character beyond ASCII. */
export interface JsonHandler {
  startObject(): void;
  endObject(): void;
  startArray(): void;
  endArray(): void;
  /** False when the value does not matter: it is checked as JSON, but neither kept nor reported. */
  key(name: string): boolean;
  string(text: string): void;
  /** As it was written, so that nothing is rounded. */
  number(text: string): void;
  literal(word: "true" | "false" | "null"): void;
}

/** What the grammar of RFC 8259 allows next. */
type Expected = "value" | "value_or_end" | "key" | "key_or_end" | "colon" | "comma_or_end" | "nothing";
/** What the bytes belong to. */
type Lexeme = "none" | "string" | "escape" | "unicode_escape" | "number" | "literal";

const code = (character: string): number => character.charCodeAt(0);
const [QUOTE, BACKSLASH, LINE_FEED] = [code('"'), code("\\"), code("\n")];
const UNKNOWN_CHARACTER = code("?");
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const WORDS = new Map([
  [code("t"), "true"],
  [code("f"), "false"],
  [code("n"), "null"],
] as const);
const ESCAPED = new Map(
  [...'"\\/bfnrt'].map((letter) => [code(letter), code('"\\/\b\f\n\r\t'['"\\/bfnrt'.indexOf(letter)] as string)]),
);

/**
 * A strict JSON reader (RFC 8259) for files of any size: bytes go in as they come, cut anywhere, and what they say goes to a handler.
 * Memory is flat, since it keeps one token, and depth is bounded. A byte order mark at the start is passed over, as the RFC allows.
 * @throws {InterchangeError} by every method
 */
export class JsonTokenizer {
  readonly #handler: JsonHandler;
  readonly #token = Buffer.alloc(TOKEN_SIZE_BYTES_MAX);
  readonly #utf8 = new Utf8Check();
  readonly #numberCheck = new JsonNumberCheck();
  readonly #keyTexts: (string | undefined)[] = new Array(KEY_TEXT_COUNT_MAX);
  #tokenSize = 0;
  #expected: Expected = "value";
  #lexeme: Lexeme = "none";
  #isKey = false;
  #word: "true" | "false" | "null" = "null";
  #escapeDigits = 0;
  #escapeValue = 0;

  /** One frame a container: where in it we are. */
  readonly #frames: JsonFrame[] = [];
  /** The depth at which a value that does not matter began. */
  #skippedFrom = Number.POSITIVE_INFINITY;

  /** All bytes of the chunks before. */
  #offset = 0;
  #line = 1;
  /** Where the line would start if each of its characters so far were one byte. */
  #lineStart = 0;
  #tokenColumn = 1;
  /** How much of a byte order mark was there. */
  #markSize = 0;

  constructor(handler: JsonHandler) {
    this.#handler = handler;
  }

  /** Where the token is that was just reported. */
  get place(): InterchangePlace {
    return {line: this.#line, column: this.#tokenColumn, path: this.#path()};
  }

  feed(chunk: Uint8Array): void {
    let at = this.#offset < BYTE_ORDER_MARK.length ? this.#passByteOrderMark(chunk) : 0;
    while (at < chunk.length) {
      switch (this.#lexeme) {
        case "none":
          at = this.#readStructure(chunk, at);
          break;
        case "string":
          at = this.#readString(chunk, at);
          break;
        case "escape":
          this.#readEscape(chunk[at] as number, at++);
          break;
        case "unicode_escape":
          this.#readUnicodeEscape(chunk[at] as number, at++);
          break;
        case "number":
          at = this.#readNumber(chunk, at);
          break;
        case "literal":
          this.#readLiteral(chunk[at] as number, at++);
          break;
        default:
          assertNever(this.#lexeme);
      }
    }
    this.#offset += chunk.length;
  }

  /** Says that no more bytes come. */
  end(): void {
    if (this.#lexeme === "number" && this.#frames.length === 0) this.#endNumber(0);
    if (this.#expected === "nothing" && this.#lexeme === "none") return;
    throw this.#failure("TRUNCATED", this.#offset === 0 ? "the file is empty" : "the file ends too early", 0);
  }

  #passByteOrderMark(chunk: Uint8Array): number {
    for (let at = 0; at < chunk.length && this.#markSize === this.#offset + at; at++) {
      if (this.#markSize === BYTE_ORDER_MARK.length) return at;
      const byte = chunk[at] as number;
      if (byte === BYTE_ORDER_MARK[this.#markSize]) {
        this.#markSize++;
        // It has no width.
        this.#lineStart++;
        continue;
      }
      if (this.#markSize > 0) throw this.#failure("NOT_UTF8", "the bytes are no UTF-8", at);
      if (byte === 0xff || byte === 0xfe) throw this.#failure("NOT_UTF8", "the file is UTF-16", at);
      // So begins what gzip made.
      if (byte === 0x1f) throw this.#failure("COMPRESSED", "the file is compressed", at);
      return at;
    }
    return Math.max(0, Math.min(chunk.length, this.#markSize - this.#offset));
  }

  #readStructure(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      switch (byte) {
        case LINE_FEED:
          this.#line++;
          this.#lineStart = this.#offset + at + 1;
          continue;
        case 0x20:
        case 0x09:
        case 0x0d:
          continue;
        default:
          this.#tokenColumn = this.#offset + at - this.#lineStart + 1;
          this.#readToken(byte, at);
      }
      // A number and a literal have begun with a byte that is theirs.
      if (this.#lexeme === "string") return at + 1;
      if (this.#lexeme !== "none") return at;
    }
    return chunk.length;
  }

  #readToken(byte: number, at: number): void {
    const expected = this.#expected;
    if (expected === "nothing")
      throw this.#failure("TRAILING_DATA", "there is more behind the end of the JSON text", at);
    const isValue = expected === "value" || expected === "value_or_end";
    switch (String.fromCharCode(byte)) {
      case '"':
        if (!isValue && expected !== "key" && expected !== "key_or_end") break;
        this.#isKey = !isValue;
        if (isValue) this.#startValue();
        this.#lexeme = "string";
        this.#tokenSize = 0;
        return;
      case ":":
        if (expected !== "colon") break;
        this.#expected = "value";
        return;
      case ",":
        if (expected !== "comma_or_end") break;
        this.#expected = this.#frames.at(-1)?.isArray === true ? "value" : "key";
        return;
      case "{":
      case "[":
        if (!isValue) break;
        this.#startContainer(byte === code("["), at);
        return;
      case "}":
      case "]":
        if (!this.#mayEnd(byte === code("]"))) break;
        this.#endContainer();
        return;
      default:
        if (isValue && this.#startScalar(byte)) return;
    }
    throw this.#unexpected(byte, at);
  }

  /** True when a number or a literal may start like this. */
  #startScalar(byte: number): boolean {
    const word = WORDS.get(byte);
    if (word === undefined && !this.#numberCheck.start(byte)) return false;
    this.#startValue();
    this.#tokenSize = 0;
    this.#lexeme = word === undefined ? "number" : "literal";
    if (word !== undefined) this.#word = word;
    return true;
  }

  #mayEnd(isArray: boolean): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.isArray !== isArray) return false;
    return this.#expected === "comma_or_end" || this.#expected === (isArray ? "value_or_end" : "key_or_end");
  }

  get #isSkipping(): boolean {
    return this.#frames.length >= this.#skippedFrom;
  }

  #startValue(): void {
    const frame = this.#frames.at(-1);
    if (frame?.isArray === true) frame.index++;
  }

  #startContainer(isArray: boolean, at: number): void {
    this.#startValue();
    if (this.#frames.length === DEPTH_MAX) {
      throw this.#failure("NESTED_TOO_DEEP", `values are nested more than ${DEPTH_MAX} deep`, at);
    }
    if (!this.#isSkipping) {
      if (isArray) this.#handler.startArray();
      else this.#handler.startObject();
    }
    this.#frames.push({isArray, index: -1, key: null});
    this.#expected = isArray ? "value_or_end" : "key_or_end";
  }

  #endContainer(): void {
    const frame = this.#frames.pop();
    if (!this.#isSkipping) {
      if (frame?.isArray === true) this.#handler.endArray();
      else this.#handler.endObject();
    }
    this.#endValue();
  }

  #endValue(): void {
    this.#lexeme = "none";
    this.#expected = this.#frames.length === 0 ? "nothing" : "comma_or_end";
    if (this.#frames.length === this.#skippedFrom) this.#skippedFrom = Number.POSITIVE_INFINITY;
  }

  #readString(chunk: Uint8Array, start: number): number {
    const isKept = !this.#isSkipping;
    const token = this.#token;
    let size = this.#tokenSize;
    if (this.#utf8.isPending) {
      this.#readSpecial(chunk[start] as number, start);
      return start + 1;
    }
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20 || byte >= 0x80) break;
      if (!isKept) continue;
      if (size === TOKEN_SIZE_BYTES_MAX) throw this.#tooLong();
      token[size++] = byte;
    }
    this.#tokenSize = size;
    if (at < chunk.length) this.#readSpecial(chunk[at] as number, at++);
    return at;
  }

  #readSpecial(byte: number, at: number): void {
    if (byte >= 0x80 || this.#utf8.isPending) {
      const isWhole = this.#utf8.take(byte);
      if (isWhole === null) throw this.#failure("NOT_UTF8", "the bytes are no UTF-8", at);
      if (isWhole) this.#keep(UNKNOWN_CHARACTER);
      else this.#lineStart++;
    } else if (byte === BACKSLASH) this.#lexeme = "escape";
    else if (byte === QUOTE) this.#endString();
    else throw this.#failure("NOT_JSON", "a text must not contain a line break or another control character", at);
  }

  #readEscape(byte: number, at: number): void {
    this.#lexeme = "string";
    const escaped = ESCAPED.get(byte);
    if (escaped !== undefined) this.#keep(escaped);
    else if (byte !== code("u")) throw this.#unexpected(byte, at);
    else {
      this.#lexeme = "unicode_escape";
      this.#escapeDigits = 0;
      this.#escapeValue = 0;
    }
  }

  #readUnicodeEscape(byte: number, at: number): void {
    const digit = Number.parseInt(String.fromCharCode(byte), 16);
    if (Number.isNaN(digit)) throw this.#unexpected(byte, at);
    this.#escapeValue = this.#escapeValue * 16 + digit;
    if (++this.#escapeDigits < 4) return;
    this.#keep(this.#escapeValue < 0x80 ? this.#escapeValue : UNKNOWN_CHARACTER);
    this.#lexeme = "string";
  }

  #endString(): void {
    if (this.#isKey) this.#endKey();
    else {
      if (!this.#isSkipping) this.#handler.string(this.#text());
      this.#endValue();
    }
  }

  #endKey(): void {
    this.#lexeme = "none";
    this.#expected = "colon";
    if (this.#isSkipping) return;
    const name = this.#keyText();
    const frame = this.#frames.at(-1);
    if (frame !== undefined) frame.key = name;
    if (!this.#handler.key(name)) this.#skippedFrom = this.#frames.length;
  }

  #readNumber(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if ((at > start || this.#tokenSize > 0) && !this.#numberCheck.take(byte)) {
        this.#endNumber(at);
        return at;
      }
      this.#keep(byte);
    }
    return chunk.length;
  }

  #endNumber(at: number): void {
    if (!this.#numberCheck.isWhole) throw this.#failure("NOT_JSON", "this is no number in JSON", at);
    if (!this.#isSkipping) this.#handler.number(this.#text());
    this.#endValue();
  }

  #readLiteral(byte: number, at: number): void {
    if (byte !== this.#word.charCodeAt(this.#tokenSize++)) throw this.#unexpected(byte, at);
    if (this.#tokenSize < this.#word.length) return;
    if (!this.#isSkipping) this.#handler.literal(this.#word);
    this.#endValue();
  }

  #keep(byte: number): void {
    if (this.#isSkipping) {
      // Nothing but "it has begun" is of use.
      this.#tokenSize = 1;
      return;
    }
    if (this.#tokenSize === TOKEN_SIZE_BYTES_MAX) throw this.#tooLong();
    this.#token[this.#tokenSize++] = byte;
  }

  #text(): string {
    return this.#token.toString("latin1", 0, this.#tokenSize);
  }

  /** Files repeat the same few keys millions of times, so each text is made once. */
  #keyText(): string {
    const slot = (this.#tokenSize * 31 + (this.#token[0] as number)) % KEY_TEXT_COUNT_MAX;
    const known = this.#keyTexts[slot];
    if (known !== undefined && this.#isToken(known)) return known;
    const text = this.#text();
    this.#keyTexts[slot] = text;
    return text;
  }

  #isToken(text: string): boolean {
    if (text.length !== this.#tokenSize) return false;
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== this.#token[at]) return false;
    return true;
  }

  #tooLong(): InterchangeError {
    return new InterchangeError("VALUE_TOO_LONG", this.place, `a value is longer than ${TOKEN_SIZE_BYTES_MAX} bytes`);
  }

  #unexpected(byte: number, at: number): InterchangeError {
    if (byte >= 0x80) return this.#failure("NOT_JSON", "there is a character that JSON does not allow here", at);
    return this.#failure("NOT_JSON", `${JSON.stringify(String.fromCharCode(byte))} is not what JSON allows here`, at);
  }

  #failure(errorCode: InterchangeErrorCode, problem: string, at: number): InterchangeError {
    const column = this.#offset + at - this.#lineStart + 1;
    return new InterchangeError(errorCode, {line: this.#line, column, path: this.#path()}, problem);
  }

  #path(): string {
    return jsonPath(this.#frames.slice(0, this.#skippedFrom));
  }
}
