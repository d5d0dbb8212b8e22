import {
  type AttestationRecord,
  type BlockRecord,
  PUBKEY_SIZE_BYTES,
  type Pubkey,
  type RecordedEpoch,
  type RecordedSlot,
  ROOT_SIZE_BYTES,
  type Root,
} from "@mote/core";
import {INTERCHANGE_FORMAT_VERSION, type InterchangeItem, type InterchangeMetadata} from "./interchange.ts";
import {InterchangeError, type InterchangeErrorCode} from "./interchange-error.ts";
import {type JsonHandler, JsonTokenizer} from "./json-tokenizer.ts";
import {excerptOf, parseHexText, parseUint64Text} from "./value-text.ts";

/** Records wait for their pubkey in memory, so there is a bound: about 50 MB, and a day of a thousand years for one key. */
const WAITING_RECORD_COUNT_MAX = 1 << 18;

type ObjectPlace = "document" | "metadata" | "entry" | "block" | "attestation";
type Place = "start" | "data" | "signed_blocks" | "signed_attestations" | ObjectPlace;

type Kind = "an object" | "a list" | "a text" | "an integer" | "hex";
interface Field {
  readonly kind: Kind;
  readonly isRequired: boolean;
  /** Clients write `null` for what they do not know, or for an empty list. */
  readonly isNullable?: true;
}

const FIELDS: Record<ObjectPlace, ReadonlyMap<string, Field>> = {
  document: new Map([
    ["metadata", {kind: "an object", isRequired: true}],
    ["data", {kind: "a list", isRequired: true, isNullable: true}],
  ]),
  metadata: new Map([
    ["interchange_format_version", {kind: "a text", isRequired: true}],
    ["genesis_validators_root", {kind: "hex", isRequired: true}],
  ]),
  entry: new Map([
    ["pubkey", {kind: "hex", isRequired: true}],
    ["signed_blocks", {kind: "a list", isRequired: false, isNullable: true}],
    ["signed_attestations", {kind: "a list", isRequired: false, isNullable: true}],
  ]),
  block: new Map([
    ["slot", {kind: "an integer", isRequired: true}],
    ["signing_root", {kind: "hex", isRequired: false, isNullable: true}],
  ]),
  attestation: new Map([
    ["source_epoch", {kind: "an integer", isRequired: true}],
    ["target_epoch", {kind: "an integer", isRequired: true}],
    ["signing_root", {kind: "hex", isRequired: false, isNullable: true}],
  ]),
};

const PARENT: Record<Exclude<Place, "start">, Place> = {
  document: "start",
  metadata: "document",
  data: "document",
  entry: "data",
  signed_blocks: "entry",
  signed_attestations: "entry",
  block: "signed_blocks",
  attestation: "signed_attestations",
};

const ELEMENT: Partial<Record<Place, ObjectPlace>> = {
  start: "document",
  data: "entry",
  signed_blocks: "block",
  signed_attestations: "attestation",
};

/** Knows the shape of an interchange file; takes its bytes and gathers what they say. */
export class InterchangeParser implements JsonHandler {
  readonly #wantedRoot: Root | null;
  readonly #json = new JsonTokenizer(this);
  #items: InterchangeItem[] = [];

  #place: Place = "start";
  #field = "";
  readonly #seen: Record<ObjectPlace, Set<string>> = {
    document: new Set(),
    metadata: new Set(),
    entry: new Set(),
    block: new Set(),
    attestation: new Set(),
  };

  #genesisValidatorsRoot: Root | null = null;
  #pubkey: Pubkey | null = null;
  /** Records whose pubkey comes behind them. */
  #waiting: (AttestationRecord | BlockRecord)[] = [];
  #slot: RecordedSlot = 0 as RecordedSlot;
  #sourceEpoch: RecordedEpoch = 0 as RecordedEpoch;
  #targetEpoch: RecordedEpoch = 0 as RecordedEpoch;
  #signingRoot: Root | null = null;

  /** @param wantedRoot null: of any chain */
  constructor(wantedRoot: Root | null) {
    this.#wantedRoot = wantedRoot;
  }

  feed(chunk: Uint8Array): void {
    this.#json.feed(chunk);
  }

  /** What was said since the last call. */
  takeItems(): readonly InterchangeItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  end(): InterchangeMetadata {
    this.#json.end();
    if (this.#genesisValidatorsRoot === null) throw new Error("the end was reached without the required metadata");
    return {genesisValidatorsRoot: this.#genesisValidatorsRoot};
  }

  startObject(): void {
    const place = this.#place === "document" && this.#field === "metadata" ? "metadata" : ELEMENT[this.#place];
    if (place === undefined) throw this.#wrongType("an object");
    this.#place = place;
    this.#seen[place].clear();
    if (place === "entry") this.#pubkey = null;
    this.#signingRoot = null;
  }

  endObject(): void {
    const place = this.#place as ObjectPlace;
    for (const [name, {isRequired}] of FIELDS[place]) {
      if (isRequired && !this.#seen[place].has(name)) throw this.#failure("MISSING_FIELD", `${name} is missing here`);
    }
    if (place === "block") this.#addRecord({slot: this.#slot, signingRoot: this.#signingRoot});
    if (place === "attestation") {
      const [sourceEpoch, targetEpoch, signingRoot] = [this.#sourceEpoch, this.#targetEpoch, this.#signingRoot];
      this.#addRecord({sourceEpoch, targetEpoch, signingRoot});
    }
    this.#place = PARENT[place];
  }

  startArray(): void {
    if (this.#place === "document" && this.#field === "data") this.#place = "data";
    else if (this.#place === "entry" && (this.#field === "signed_blocks" || this.#field === "signed_attestations")) {
      this.#place = this.#field;
    } else throw this.#wrongType("a list");
  }

  endArray(): void {
    this.#place = PARENT[this.#place as "data" | "signed_blocks" | "signed_attestations"];
  }

  key(name: string): boolean {
    const place = this.#place as ObjectPlace;
    if (!FIELDS[place].has(name)) return false;
    const seen = this.#seen[place];
    if (seen.has(name)) throw this.#failure("DUPLICATE_FIELD", `${name} is here twice`);
    seen.add(name);
    this.#field = name;
    return true;
  }

  string(text: string): void {
    const kind = this.#scalarKind(text, true);
    if (kind === "hex") this.#takeHex(text);
    else if (kind === "a text") this.#takeVersion(text);
    else this.#takeInteger(text);
  }

  number(text: string): void {
    const kind = this.#scalarKind(text, false);
    if (kind === "hex") throw this.#wrongType(text);
    if (kind === "a text") this.#takeVersion(text);
    else this.#takeInteger(text);
  }

  literal(word: "true" | "false" | "null"): void {
    const isNullable = this.#fieldRule()?.isNullable === true;
    if (word !== "null" || !isNullable) throw this.#wrongType(word);
  }

  #fieldRule(): Field | undefined {
    return this.#place in FIELDS ? FIELDS[this.#place as ObjectPlace].get(this.#field) : undefined;
  }

  /** The kind of the field whose value is a scalar. */
  #scalarKind(text: string, isString: boolean): "hex" | "a text" | "an integer" {
    const kind = this.#fieldRule()?.kind;
    if (kind === undefined || kind === "an object" || kind === "a list") {
      throw this.#wrongType(excerptOf(isString ? JSON.stringify(text) : text));
    }
    return kind;
  }

  #takeVersion(text: string): void {
    if (text === INTERCHANGE_FORMAT_VERSION) return;
    throw this.#failure("UNSUPPORTED_VERSION", `the format has version ${excerptOf(text)}, not 5`);
  }

  #takeInteger(text: string): void {
    const value = parseUint64Text(text);
    if (value === null) {
      const problem = `${this.#field} must be an integer from 0 to 2^64−1 in plain digits, not ${excerptOf(text)}`;
      throw this.#failure("INVALID_NUMBER", problem);
    }
    if (this.#field === "slot") this.#slot = value as RecordedSlot;
    else if (this.#field === "source_epoch") this.#sourceEpoch = value as RecordedEpoch;
    else this.#targetEpoch = value as RecordedEpoch;
  }

  #takeHex(text: string): void {
    if (this.#field === "pubkey") this.#takePubkey(this.#parseHex(text, PUBKEY_SIZE_BYTES) as Pubkey);
    else if (this.#field === "genesis_validators_root") this.#takeChain(this.#parseHex(text, ROOT_SIZE_BYTES) as Root);
    else {
      this.#signingRoot = text === "" || text === "0x" ? null : (this.#parseHex(text, ROOT_SIZE_BYTES) as Root);
    }
  }

  #parseHex(text: string, sizeBytes: number): string {
    const hex = parseHexText(text, sizeBytes);
    if (hex !== null) return hex;
    const problem = `${this.#field} must be 0x and ${2 * sizeBytes} hex digits, not ${excerptOf(text)}`;
    throw this.#failure("INVALID_HEX", problem);
  }

  #takeChain(root: Root): void {
    if (this.#wantedRoot !== null && root !== this.#wantedRoot) {
      const problem = `the file is of the chain with genesis validators root ${root}, not of ${this.#wantedRoot}`;
      throw this.#failure("WRONG_CHAIN", problem);
    }
    this.#genesisValidatorsRoot = root;
  }

  #takePubkey(pubkey: Pubkey): void {
    this.#pubkey = pubkey;
    this.#items.push({kind: "key", pubkey});
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const record of waiting) this.#addRecord(record);
  }

  #addRecord(record: AttestationRecord | BlockRecord): void {
    const pubkey = this.#pubkey;
    if (pubkey !== null) {
      this.#items.push("slot" in record ? {kind: "block", pubkey, record} : {kind: "attestation", pubkey, record});
    } else if (this.#waiting.push(record) > WAITING_RECORD_COUNT_MAX) {
      throw this.#failure("PUBKEY_TOO_LATE", `more than ${WAITING_RECORD_COUNT_MAX} records come before their pubkey`);
    }
  }

  #wrongType(shown: string): InterchangeError {
    const kind = this.#fieldRule()?.kind ?? "an object";
    const name = this.#place in FIELDS ? this.#field : this.#place === "start" ? "the file" : `each of ${this.#place}`;
    const expected = kind === "hex" ? "a text with hex digits" : kind;
    return this.#failure("WRONG_TYPE", `${name} must be ${expected}, not ${shown}`);
  }

  #failure(code: InterchangeErrorCode, problem: string): InterchangeError {
    return new InterchangeError(code, this.#json.place, problem);
  }
}
