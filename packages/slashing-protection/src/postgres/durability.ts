import {ProtectionStoreNotDurableError, ProtectionStoreNotWritableError} from "../errors.ts";
import {DECISION_MS_MAX} from "./limits.ts";
import type {Session} from "./session.ts";

/** `remote_apply` promises all that `on` does, and waits for more. */
const DURABLE_COMMITS: ReadonlySet<unknown> = new Set(["on", "remote_apply"]);

/**
 * Refuses a server that may forget what it has confirmed or cannot write, and bounds what a statement may take. Compatible clusters do
 * not know every setting: what they do not know they cannot turn off either.
 * @throws {ProtectionStoreError} by name, with what to change
 */
export async function prepareSession(session: Pick<Session, "query">, shownUrl: string): Promise<void> {
  const names = [
    "synchronous_commit",
    "fsync",
    "transaction_read_only",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
  ];
  const columns = names.map((name) => `current_setting('${name}', true) AS ${name}`);
  const [settings = {}] = await session.query({text: `SELECT ${columns.join(", ")}`});
  const isKnown = (name: string) => settings[name] !== null && settings[name] !== undefined;

  if (isKnown("synchronous_commit") && !DURABLE_COMMITS.has(settings.synchronous_commit)) {
    throw new ProtectionStoreNotDurableError(
      `the database ${shownUrl} runs with synchronous_commit = ${settings.synchronous_commit}, so a vote that it confirms may be lost; set it to on ` +
        "for the server, the database and this user",
    );
  }
  if (settings.fsync === "off") {
    throw new ProtectionStoreNotDurableError(
      `the database ${shownUrl} runs with fsync = off, so a vote that it confirms may be lost; set it to on`,
    );
  }
  if (settings.transaction_read_only === "on") {
    throw new ProtectionStoreNotWritableError(
      `the database ${shownUrl} is read-only: give the URL of the primary, not of a standby`,
    );
  }
  // Set here too, so that a reload of the server's configuration does not reach a session that was looked at.
  const wanted = [
    ["synchronous_commit", settings.synchronous_commit],
    ["statement_timeout", DECISION_MS_MAX],
    // A node that was cut off must not keep the others from its keys.
    ["idle_in_transaction_session_timeout", DECISION_MS_MAX],
    // Between two slots a connection is idle.
    ["idle_session_timeout", 0],
  ].filter(([name]) => isKnown(String(name)));
  if (wanted.length === 0) return;
  const changes = wanted.map(([name, value]) => `set_config('${name}', '${value}', false)`);
  await session.query({text: `SELECT ${changes.join(", ")}`});
}
