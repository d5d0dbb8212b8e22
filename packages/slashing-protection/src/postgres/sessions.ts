import {once} from "node:events";
import {Socket} from "node:net";
import {type Clock, messageOf, sleep} from "@mote/core";
import pg from "pg";
import {ProtectionStoreError, ProtectionStoreUnreachableError} from "../errors.ts";
import {
  ATTEMPT_COUNT_MAX,
  CONNECTING_MS_MAX,
  FAREWELL_MS_MAX,
  FIRST_PAUSE_MS,
  PROBE_PAUSE_MS_MAX,
  PROBE_PAUSE_MS_MIN,
} from "./limits.ts";
import {isAnswer, isRetryable, Session, unreachable} from "./session.ts";

/** Told when it changes, not with every request. */
export type DatabaseState = {readonly kind: "available"} | {readonly kind: "unavailable"; readonly reason: string};

export interface SessionsInit {
  readonly connectionString: string;
  readonly shownUrl: string;
  readonly connectionCountMax: number;
  /** Of one statement, as the client waits for it. */
  readonly statementMsMax: number;
  /** After so long without work a connection is given up; 0: never. */
  readonly idleMsMax: number;
}

export interface SessionsComponents {
  readonly clock: Clock;
  readonly onStateChange: (state: DatabaseState) => void;
  /** Looks at each new connection before it is used. @throws {ProtectionStoreError} when it must not be */
  readonly prepare: (session: Pick<Session, "query">) => Promise<void>;
}

/** The connections to one database: few, kept open, looked at before use, made again when they are lost. */
export class Sessions {
  readonly #pool: pg.Pool;
  readonly #sockets = new Set<Socket>();
  readonly #init: SessionsInit;
  readonly #components: SessionsComponents;
  readonly #closing = new AbortController();
  /** Null while the database is there. */
  #trouble: string | null = null;
  #isProbing = false;

  /** @throws {ProtectionStoreError} when the URL cannot be understood */
  constructor(init: SessionsInit, components: SessionsComponents) {
    this.#init = init;
    this.#components = components;
    assertUsable(init);
    this.#pool = this.#makePool();
    // Servers and firewalls cut what is idle: that is an outage only if there is no other connection to be had.
    this.#pool.on("error", () => void this.#look());
  }

  /**
   * Runs `work` on a connection of its own and cuts it when `timeoutMs` is over.
   * @throws {ProtectionStoreError} when there is no connection, or what `work` throws
   */
  async use<T>(timeoutMs: number, work: (session: Session) => Promise<T>): Promise<T> {
    const expiry = Promise.withResolvers<never>();
    expiry.promise.catch(ignore);
    let isExpired = false;
    const cancel = this.#components.clock.after(timeoutMs, () => {
      isExpired = true;
      expiry.reject(unreachable("waiting for the database", `no answer within ${Math.round(timeoutMs)} ms`));
    });
    let session: Session | null = null;
    try {
      const leasing = this.lease();
      leasing.then((late) => isExpired && late.release(), ignore);
      session = await Promise.race([leasing, expiry.promise]);
      const result = await Promise.race([work(session), expiry.promise]);
      this.#succeeded();
      return result;
    } catch (error) {
      if (isExpired) session?.abandon();
      if (error instanceof ProtectionStoreError) this.#failed(error);
      throw error;
    } finally {
      cancel();
      session?.release();
    }
  }

  /** As {@link use}, again and again within `timeoutMs` while the database asks for it. */
  async useRetrying<T>(timeoutMs: number, work: (session: Session) => Promise<T>): Promise<T> {
    const {clock} = this.#components;
    const deadlineMs = clock.nowMs() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.use(deadlineMs - clock.nowMs(), work);
      } catch (error) {
        if (!isRetryable(error) || attempt === ATTEMPT_COUNT_MAX) throw error;
        await sleep(clock, FIRST_PAUSE_MS * 2 ** (attempt - 1));
        if (clock.nowMs() >= deadlineMs) throw error;
      }
    }
  }

  /** A connection that the caller releases. @throws {ProtectionStoreError} */
  async lease(): Promise<Session> {
    try {
      return new Session(await this.#pool.connect());
    } catch (error) {
      if (error instanceof ProtectionStoreError) throw error;
      const {shownUrl} = this.#init;
      if (messageOf(error).includes(NO_PASSWORD)) {
        throw new ProtectionStoreError(`the database ${shownUrl} asks for a password, and none was given`, {
          cause: error,
        });
      }
      throw unreachable(`connecting to ${shownUrl}`, error);
    }
  }

  /** Takes leave, and cuts what does not let go. */
  async close(): Promise<void> {
    this.#closing.abort();
    const {clock} = this.#components;
    const farewell = new AbortController();
    const closed = Promise.allSettled([this.#pool.end(), ...[...this.#sockets].map((socket) => once(socket, "close"))]);
    await Promise.race([closed, sleep(clock, FAREWELL_MS_MAX, farewell.signal)]);
    farewell.abort();
    for (const socket of this.#sockets) socket.destroy();
  }

  #makePool(): pg.Pool {
    const {prepare} = this.#components;
    return new pg.Pool({
      connectionString: this.#init.connectionString,
      max: this.#init.connectionCountMax,
      connectionTimeoutMillis: CONNECTING_MS_MAX,
      query_timeout: this.#init.statementMsMax,
      idleTimeoutMillis: this.#init.idleMsMax,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      fallback_application_name: "mote",
      stream: () => this.#openSocket(),
      onConnect: async (client) => {
        // The failure itself comes with the query that it breaks; without a listener it would end the process.
        client.on("error", ignore);
        await prepare({
          query: async (statement, values = []) => {
            const asked = {...statement, values: [...values], query_timeout: CONNECTING_MS_MAX};
            return (await client.query<Record<string, unknown>>(asked)).rows;
          },
        });
      },
    });
  }

  #openSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }

  #succeeded(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#components.onStateChange({kind: "available"});
  }

  #failed(error: ProtectionStoreError): void {
    if (this.#closing.signal.aborted || isRetryable(error)) return;
    const isNew = this.#trouble === null;
    this.#trouble = error.message;
    if (isNew) this.#components.onStateChange({kind: "unavailable", reason: error.message});
    // Where the database answers, the next request shows whether it does as asked; where not, nobody should wait for that.
    if (!(error instanceof ProtectionStoreUnreachableError && isAnswer(error))) void this.#probe();
  }

  /** So that the first request after an outage finds a connection, and people see that it is over. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    let pauseMs = PROBE_PAUSE_MS_MIN;
    while (this.#trouble !== null && !this.#closing.signal.aborted) {
      await sleep(this.#components.clock, pauseMs, this.#closing.signal);
      pauseMs = Math.min(2 * pauseMs, PROBE_PAUSE_MS_MAX);
      if (this.#trouble === null || this.#closing.signal.aborted) break;
      await this.#look();
    }
    this.#isProbing = false;
  }

  async #look(): Promise<void> {
    await this.use(CONNECTING_MS_MAX, (session) => session.query({text: "SELECT 1"})).catch(ignore);
  }
}

/** The pool itself looks at the URL, and reads the files that it names, only when it connects. */
function assertUsable({connectionString, shownUrl}: SessionsInit): void {
  try {
    void new pg.Client({connectionString});
  } catch (error) {
    // Without the cause, which may hold the URL.
    throw new ProtectionStoreError(`the database URL ${shownUrl} is not usable: ${messageOf(error)}`);
  }
}

/** What the driver says to a server that asks for a password when it has none. */
const NO_PASSWORD = "client password must be a string";

const ignore = (): void => {};
