import {verifySignature} from "@mote/consensus";
import {abbreviate, type Clock, type Log, messageOf, type Pubkey, parseSignature, type Signature} from "@mote/core";
import {URGENCY_OF} from "../../urgency.ts";
import type {SignableMessage} from "../signable-message.ts";
import type {Signer} from "../signer.ts";
import {isUnknownToWeb3Signer, requestBodyOf, UNKNOWN_TO_WEB3SIGNER, type UnknownToWeb3Signer} from "./request-body.ts";
import {checkSignerTls, type SignerTls} from "./signer-address.ts";
import {type SignerAnswer, SignerHttp} from "./signer-http.ts";

/** A signature takes about 210; the rest is for what a proxy wraps around it. */
const ANSWER_SIZE_BYTES_MAX = 4_096;
/** A vote that was asked for when it was due is then still there before the aggregates; a block that takes longer does not become the head. */
const TIMEOUT_SLOT_FRACTION = 1 / 4;
/** On test networks with slots of a second or two a busy machine alone takes so long. */
const TIMEOUT_MS_MIN = 1_000;

export interface Web3SignerInit {
  /** Base URL. */
  readonly url: string;
  readonly tls?: SignerTls;
  /** From the wish to the signature; a quarter of the chain's slot when left out. */
  readonly signTimeoutMs?: number;
}

export interface Web3SignerComponents {
  readonly clock: Clock;
  readonly log: Log;
}

/** A signature that is asked for now. */
interface Call {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

/** Signs with keys that a Web3Signer holds, or anything else that speaks the remote signing API. */
export class Web3Signer implements Signer {
  readonly #init: Web3SignerInit;
  readonly #components: Web3SignerComponents;
  readonly #http: SignerHttp;
  /** With what is asked of each key now. */
  readonly #calls = new Map<Pubkey, Set<Call>>();
  /** Keys of which one signature was seen to be theirs. */
  readonly #proven = new Set<Pubkey>();
  readonly #saidUnknown = new Set<UnknownToWeb3Signer>();
  /** The votes of a slot are one message: it is put into words once. */
  readonly #bodies = new WeakMap<SignableMessage, Uint8Array>();

  /** @throws {InvalidValueError} when the URL or the PEM texts cannot be used */
  constructor(init: Web3SignerInit, components: Web3SignerComponents) {
    const {url, tls = {}} = init;
    checkSignerTls(tls);
    this.#init = init;
    this.#components = components;
    this.#http = new SignerHttp({url, tls}, components);
  }

  /** The URL as it may be shown. */
  get name(): string {
    return this.#http.address.name;
  }

  get keyCount(): number {
    return this.#calls.size;
  }

  holds(pubkey: Pubkey): boolean {
    return this.#calls.has(pubkey);
  }

  /** From here on it is asked for signatures of these keys. Whether it has them shows when it is asked. */
  add(pubkeys: readonly Pubkey[]): void {
    for (const pubkey of pubkeys) if (!this.#calls.has(pubkey)) this.#calls.set(pubkey, new Set());
  }

  /** From the call on it is not asked for them any more; what is under way is given up, and whatever it answers is not looked at. */
  async remove(pubkeys: readonly Pubkey[]): Promise<void> {
    const calls = pubkeys.flatMap((pubkey) => [...(this.#calls.get(pubkey) ?? [])]);
    for (const pubkey of pubkeys) {
      this.#calls.delete(pubkey);
      this.#proven.delete(pubkey);
    }
    for (const {stop} of calls) stop.abort();
    await Promise.allSettled(calls.map(({ended}) => ended));
  }

  async sign(pubkey: Pubkey, message: SignableMessage): Promise<Signature> {
    const calls = this.#calls.get(pubkey);
    if (calls === undefined) throw new Error(`no key ${abbreviate(pubkey)} at the remote signer ${this.name}`);
    const stop = new AbortController();
    const ended = this.#ask(pubkey, message, stop.signal);
    const call = {stop, ended};
    calls.add(call);
    try {
      return await ended;
    } finally {
      calls.delete(call);
    }
  }

  close(): void {
    for (const calls of this.#calls.values()) for (const {stop} of calls) stop.abort();
    this.#http.close();
  }

  async #ask(pubkey: Pubkey, message: SignableMessage, signal: AbortSignal): Promise<Signature> {
    const answer = await this.#request(pubkey, message, signal);
    const signature = this.#signatureOf(answer);
    if (signal.aborted) throw this.#failed("was not waited for: the key is gone");
    this.#proveOnce(pubkey, message, signature);
    return signature;
  }

  async #request(pubkey: Pubkey, message: SignableMessage, signal: AbortSignal): Promise<SignerAnswer> {
    const body = this.#bodyOf(message);
    const slotFractionMs = message.config.SLOT_DURATION_MS * TIMEOUT_SLOT_FRACTION;
    try {
      return await this.#http.request({
        method: "POST",
        path: `/api/v1/eth2/sign/${pubkey}`,
        body,
        urgency: URGENCY_OF[message.kind],
        answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
        timeoutMs: this.#init.signTimeoutMs ?? Math.max(TIMEOUT_MS_MIN, slotFractionMs),
        signal,
      });
    } catch (error) {
      throw this.#failed(messageOf(error));
    }
  }

  #bodyOf(message: SignableMessage): Uint8Array {
    if (isUnknownToWeb3Signer(message)) throw this.#unknown(message.kind);
    const known = this.#bodies.get(message);
    if (known !== undefined) return known;
    const body = Buffer.from(JSON.stringify(requestBodyOf(message)));
    this.#bodies.set(message, body);
    return body;
  }

  #unknown(kind: UnknownToWeb3Signer): Error {
    const {what, cost} = UNKNOWN_TO_WEB3SIGNER[kind];
    if (!this.#saidUnknown.has(kind)) {
      this.#saidUnknown.add(kind);
      const {log} = this.#components;
      log.warn(`The remote signer ${this.name} cannot sign ${what}: its API has no such request, and ${cost}`);
    }
    return this.#failed(`cannot sign ${what}`);
  }

  #signatureOf({status, contentType, text}: SignerAnswer): Signature {
    switch (status) {
      case 200:
        return this.#parsed(contentType, text);
      case 400:
        throw this.#failed("does not take the request (400): it may be too old for this fork, or on another network");
      case 404:
        throw this.#failed("does not have this key (404)");
      case 412:
        throw this.#failed("refused: its own slashing protection forbids it (412)");
      default:
        throw this.#failed(`answered ${status}`);
    }
  }

  #parsed(contentType: string, text: string): Signature {
    try {
      const value: unknown = contentType === "application/json" ? signatureField(text) : text.trim();
      return parseSignature(value, "signature");
    } catch {
      // What it said instead is not repeated: nobody knows what it is.
      throw this.#failed("answered with something that is no signature");
    }
  }

  /** A signer that has a key under another's name is found out by the first signature; after that it is believed. */
  #proveOnce(pubkey: Pubkey, {signingRoot}: SignableMessage, signature: Signature): void {
    if (this.#proven.has(pubkey)) return;
    if (!verifySignature(pubkey, signingRoot, signature)) {
      throw this.#failed("gave a signature that is not this key's, or not of this message");
    }
    this.#proven.add(pubkey);
  }

  #failed(what: string): Error {
    return new Error(`the remote signer ${this.name} ${what}`);
  }
}

/** @throws {Error} when the text is no JSON object */
function signatureField(text: string): unknown {
  const body = JSON.parse(text) as {readonly signature?: unknown} | null;
  return typeof body === "string" ? body : body?.signature;
}
