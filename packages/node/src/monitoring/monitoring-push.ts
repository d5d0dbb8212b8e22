import {type Cancel, type Clock, type Log, messageOf, redactUrl} from "@mote/core";
import {type ClientStatsSources, clientStats} from "./client-stats.ts";

/** What services take: one message a minute and process. */
const PERIOD_MS = 60_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** Sends one body. @returns the answer's status; the rest of the answer is not read */
export type Post = (url: string, body: string, signal: AbortSignal) => Promise<number>;

export interface MonitoringPushInit {
  /** Holds the account's key. */
  readonly url: string;
  readonly version: string;
}

export interface MonitoringPushComponents extends ClientStatsSources {
  readonly clock: Clock;
  readonly log: Log;
  readonly post: Post;
}

/** Sends the figures of this process to a service, once a minute. What goes on failing is said once, and nothing waits for it. */
export class MonitoringPush {
  readonly #init: MonitoringPushInit;
  readonly #components: MonitoringPushComponents;
  readonly #stopped = new AbortController();
  #cancel: Cancel = () => {};
  #isFailing = false;

  constructor(init: MonitoringPushInit, components: MonitoringPushComponents) {
    this.#init = init;
    this.#components = components;
  }

  start(): void {
    void this.#send().then(() => {
      if (!this.#stopped.signal.aborted) this.#cancel = this.#components.clock.after(PERIOD_MS, () => this.start());
    });
  }

  stop(): void {
    this.#stopped.abort();
    this.#cancel();
  }

  async #send(): Promise<void> {
    const {clock, post} = this.#components;
    const {url, version} = this.#init;
    const late = new AbortController();
    const cancelLate = clock.after(REQUEST_TIMEOUT_MS, () => late.abort());
    try {
      const body = JSON.stringify([clientStats({version, nowMs: clock.nowMs()}, this.#components)]);
      const status = await post(url, body, AbortSignal.any([this.#stopped.signal, late.signal]));
      if (status >= 200 && status < 300) this.#worked();
      else this.#failed(`it answers with status ${status}`);
    } catch (error) {
      this.#failed(late.signal.aborted ? `no answer within ${REQUEST_TIMEOUT_MS} ms` : causeOf(error));
    } finally {
      cancelLate();
    }
  }

  #worked(): void {
    if (this.#isFailing) this.#components.log.info(`figures reach ${redactUrl(this.#init.url)} again`);
    this.#isFailing = false;
  }

  #failed(reason: string): void {
    if (this.#isFailing || this.#stopped.signal.aborted) return;
    this.#isFailing = true;
    this.#components.log.warn(`figures do not reach ${redactUrl(this.#init.url)}; duties do not depend on it`, {
      reason,
    });
  }
}

/** A code where there is one: messages of the network's libraries may hold the URL, and the URL a key. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const {code} = cause as {readonly code?: unknown};
  return typeof code === "string" ? code : messageOf(cause).replace(/\bhttps?:\S+/g, (url) => redactUrl(url));
}

export const postJson: Post = async (url, body, signal) => {
  const answer = await fetch(url, {
    method: "POST",
    headers: {"content-type": "application/json", "user-agent": "mote"},
    body,
    signal,
    redirect: "manual",
  });
  await answer.body?.cancel();
  return answer.status;
};

export const processFigures: Pick<ClientStatsSources, "cpuSec" | "rssBytes"> = {
  cpuSec: () => {
    const {user, system} = process.cpuUsage();
    return (user + system) / 1_000_000;
  },
  rssBytes: () => process.memoryUsage.rss(),
};
