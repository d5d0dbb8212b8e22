import assert from "node:assert/strict";
import type {Cancel, Log, Pubkey} from "@mote/core";
import {FakeClock, OpenApi, sayNotChecked} from "@mote/testing";
import {KeymanagerServer} from "../../../../src/http/keymanager/keymanager-server.ts";
import {FakeKeySettings} from "./fake-key-settings.ts";
import {FakeValidatorKeys} from "./fake-validator-keys.ts";

const DESCRIPTION = OpenApi.load(
  new URL("../../../../../../../shared/specs/keymanager-apis/keymanager-oapi.yaml", import.meta.url).pathname,
);

/** Within each `describe` that asks the API. */
export const sayWhenUnjudged = (): void => sayNotChecked(DESCRIPTION, "Keymanager API");

export const TOKEN = `api-token-0x${"7e".repeat(32)}`;
/** One that the node has, and one that it does not. */
export const OURS = `0x${"a1".repeat(48)}` as Pubkey;
export const STRANGE = `0x${"b2".repeat(48)}` as Pubkey;

export interface Response {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there was none. */
  readonly body: unknown;
}

export interface AskOptions {
  readonly body?: unknown;
  /** As it is, instead of a body's JSON. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  /** Null: no header. */
  readonly authorization?: string | null;
}

/** Statuses of HTTP itself, which no description of an API lists. */
const OF_HTTP: ReadonlySet<number> = new Set([408, 413, 415, 503]);

/** Keeps details too: secrets may hide in them. */
export class WholeLog implements Log {
  readonly lines: string[] = [];
  readonly debug = (message: string, details?: unknown): void => this.#keep("debug", message, details);
  readonly info = (message: string, details?: unknown): void => this.#keep("info", message, details);
  readonly warn = (message: string, details?: unknown): void => this.#keep("warn", message, details);
  readonly error = (message: string, details?: unknown): void => this.#keep("error", message, details);

  #keep(level: string, message: string, details: unknown): void {
    this.lines.push(`${level} ${message}${details === undefined ? "" : ` ${JSON.stringify(details)}`}`);
  }
}

/** Tells when a deadline has begun. */
class CountingClock extends FakeClock {
  timersSet = 0;

  override after(delayMs: number, run: () => void): Cancel {
    this.timersSet++;
    return super.after(delayMs, run);
  }
}

/** A server on a free port of loopback. Every answer is held against the API's description. */
export class ApiUnderTest {
  readonly keys = new FakeValidatorKeys();
  readonly settings = new FakeKeySettings();
  readonly log = new WholeLog();
  readonly clock = new CountingClock({nowMs: 0});
  /** Null where the description is not at hand. */
  readonly description: OpenApi | null = DESCRIPTION;
  readonly #server = new KeymanagerServer({address: "127.0.0.1", port: 0, token: TOKEN, tls: null}, this);
  port = 0;

  async start(): Promise<void> {
    this.keys.local.set(OURS, {pubkey: OURS, derivationPath: "m/12381/3600/0/0/0", isReadOnly: false});
    this.keys.records.add(OURS);
    this.port = await this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async ask(method: string, path: string, options: AskOptions = {}): Promise<Response> {
    const {body, raw, authorization = `Bearer ${TOKEN}`} = options;
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        ...(authorization === null ? {} : {authorization}),
        ...(body === undefined && raw === undefined ? {} : {"content-type": "application/json"}),
      },
      ...(raw === undefined ? (body === undefined ? {} : {body: JSON.stringify(body)}) : {body: raw}),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    assert.deepEqual(this.#judge(method, path, answer), [], `${method} ${path} ${response.status} ${text}`);
    return answer;
  }

  #judge(method: string, path: string, {status, body}: Response): string[] {
    if (this.description === null) return [];
    const [pathname = ""] = path.split("?");
    const operation = `${method} ${pathname.replace(/(\/validator\/)[^/]*/, "$1{pubkey}")}`;
    if (!this.description.operations().includes(operation) || OF_HTTP.has(status)) return errorProblems(body);
    // The description has no answer to a malformed list of remote keys.
    if (operation.endsWith("/remotekeys") && status === 400) return errorProblems(body);
    return this.description.checkResponse(operation, status, body);
  }
}

function errorProblems(body: unknown): string[] {
  const {message} = (body ?? {}) as {message?: unknown};
  return typeof message === "string" && message !== "" ? [] : ["there is no message"];
}
