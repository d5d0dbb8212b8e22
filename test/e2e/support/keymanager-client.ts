import {readFileSync} from "node:fs";
import {join} from "node:path";
import {OpenApi, sayNotChecked} from "@mote/testing";
import type {MoteProcess} from "./mote-process.ts";

const DESCRIPTION = OpenApi.load(
  join(import.meta.dirname, "../../../../shared/specs/keymanager-apis/keymanager-oapi.yaml"),
);

/** Within each `describe` that asks the API. */
export const sayWhenKeymanagerUnjudged = (): void => sayNotChecked(DESCRIPTION, "Keymanager API");

export interface KeymanagerAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they please, and fail when it is not there
  readonly body: any;
}

/** Talks to a node's Keymanager API as an operator's tool does; each answer is held against the official OpenAPI when it is there. */
export class KeymanagerClient {
  readonly #url: string;
  readonly #token: string;

  constructor(init: {readonly url: string; readonly datadir: string}) {
    this.#url = init.url;
    this.#token = readFileSync(join(init.datadir, "api-token.txt"), "utf8").trim();
  }

  /** Of this node, once it says where its API is. */
  static async of(mote: MoteProcess, datadir: string): Promise<KeymanagerClient> {
    const {msg} = await mote.line((line) => /Keymanager API at http/i.test(line.msg));
    const [url] = /http:\/\/[^\s/]+/.exec(msg) ?? [];
    if (url === undefined) throw new Error(`no URL in ${msg}`);
    return new KeymanagerClient({url, datadir});
  }

  /** @param path after `/eth/v1`, as the OpenAPI names it; `pubkey` fills its parameter */
  async call(method: string, path: string, body?: unknown, pubkey = ""): Promise<KeymanagerAnswer> {
    const response = await fetch(`${this.#url}/eth/v1${path.replace("{pubkey}", pubkey)}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : {"content-type": "application/json"}),
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
    const text = await response.text();
    const answer = {status: response.status, body: text === "" ? undefined : JSON.parse(text)};
    const wrong = DESCRIPTION?.checkResponse(`${method} /eth/v1${path}`, answer.status, answer.body) ?? [];
    if (wrong.length > 0) throw new Error(`${method} ${path} ${answer.status}: ${wrong.join("; ")}`);
    return answer;
  }
}
