import {messageOf} from "@mote/core";
import type pg from "pg";
import {ProtectionStoreUnreachableError} from "../errors.ts";
import type {Parameter, Row, Statement} from "./statement.ts";

/** serialization_failure and deadlock_detected: the database has undone all of it and asks to run it again. */
const RETRYABLE_SQL_STATES: ReadonlySet<string> = new Set(["40001", "40P01"]);

export const isRetryable = (error: unknown): boolean =>
  error instanceof ProtectionStoreUnreachableError &&
  error.sqlState !== null &&
  RETRYABLE_SQL_STATES.has(error.sqlState);

/** True when the database can be talked to, whatever it said. */
export const isAnswer = ({sqlState}: ProtectionStoreUnreachableError): boolean =>
  sqlState !== null && !/^(08|57P|53300)/.test(sqlState);

export function unreachable(doing: string, cause: unknown): ProtectionStoreUnreachableError {
  // An error of the socket has a code too, "EPIPE" say; only the server's own have a severity.
  const {code, severity} = (cause ?? {}) as {code?: unknown; severity?: unknown};
  const sqlState = typeof code === "string" && typeof severity === "string" ? code : null;
  const told = sqlState === null ? messageOf(cause) : `${messageOf(cause)} (SQLSTATE ${sqlState})`;
  return new ProtectionStoreUnreachableError(`${doing}: ${told}`, {cause, sqlState});
}

/** One connection, held by one user until released. Every failure of a query is a {@link ProtectionStoreUnreachableError}. */
export class Session {
  readonly #client: pg.PoolClient;
  /** True when the connection must not be used again. */
  #isBroken = false;
  #isReleased = false;
  #warning: string | null = null;
  readonly #onNotice = (notice: {severity?: string | undefined; message?: string | undefined}): void => {
    if (notice.severity === "WARNING") this.#warning = notice.message ?? "no text";
  };

  constructor(client: pg.PoolClient) {
    this.#client = client;
    client.on("notice", this.#onNotice);
  }

  /**
   * A warning counts as a failure: the database warns, and calls it committed, when somebody cancels the wait for its replicas.
   * @throws {ProtectionStoreUnreachableError} the statement failed, or nobody knows what became of it
   */
  async query(statement: Statement, values: readonly Parameter[] = []): Promise<readonly Row[]> {
    const {rows} = await this.#run(statement, values);
    return rows;
  }

  /**
   * All of `work`, or nothing. Resolves once the database has confirmed the commit.
   * @param mode what follows BEGIN
   */
  async transaction<T>(work: () => Promise<T>, mode = ""): Promise<T> {
    await this.query({text: `BEGIN ${mode}`});
    try {
      const result = await work();
      const {command} = await this.#run({text: "COMMIT"}, []);
      // The answer to COMMIT is "ROLLBACK", and no error, when a statement before it failed.
      if (command !== "COMMIT") throw unreachable("committing", `the database answered ${command}`);
      return result;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
  }

  /** Gives the connection back, or away when its state is not known. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.removeListener("notice", this.#onNotice);
    this.#client.release(this.#isBroken);
  }

  /** Cuts the connection: what is asked now, or later, fails. What is under way at the server may still come to pass. */
  abandon(): void {
    this.#isBroken = true;
    this.release();
  }

  async #run(statement: Statement, values: readonly Parameter[]): Promise<pg.QueryResult> {
    if (this.#isReleased) throw unreachable("asking the database", "the connection was given up");
    this.#warning = null;
    try {
      const result = await this.#client.query({...statement, values: [...values]});
      if (this.#warning === null) return result;
    } catch (cause) {
      const failure = unreachable("asking the database", cause);
      this.#isBroken ||= !isAnswer(failure);
      throw failure;
    }
    throw unreachable("asking the database", `it warned: ${this.#warning}`);
  }

  async #rollBack(): Promise<void> {
    if (this.#isReleased) return;
    try {
      await this.#client.query("ROLLBACK");
    } catch {
      this.#isBroken = true;
    }
  }
}
