import {NoSourceError} from "@mote/core";

/** Why one call of one beacon node failed. */
export const BEACON_FAULTS = [
  /** No connection, or it broke before an answer began. */
  "UNREACHABLE",
  /** No complete answer within the time limit of the route. */
  "TIMED_OUT",
  /** More bytes than the bound of the route (headers, body, event). */
  "TOO_LARGE",
  /** The answer broke off. */
  "TRUNCATED",
  /** A status that the route does not promise for success. */
  "HTTP_STATUS",
  /** Complete, and not what the route promises. */
  "MALFORMED",
  /** The node does not have the route. */
  "NOT_SUPPORTED",
  /** A correct answer of a node that says itself that it is syncing, optimistic or without execution client. */
  "NOT_READY",
  /** We stopped the call. */
  "ABORTED",
] as const;
export type BeaconFault = (typeof BEACON_FAULTS)[number];

interface BeaconNodeErrorInit {
  readonly reason: BeaconFault;
  /** HTTP status, when an answer came. */
  readonly status?: number | undefined;
  readonly beaconNode: string;
  readonly route: string;
  /** Never holds a URL or a credential. */
  readonly detail: string;
}

export class BeaconNodeError extends Error {
  override name = "BeaconNodeError";
  readonly reason: BeaconFault;
  readonly status: number | undefined;
  readonly beaconNode: string;
  readonly route: string;
  readonly detail: string;

  constructor(init: BeaconNodeErrorInit) {
    super(`${init.beaconNode}: ${init.route}: ${init.reason}: ${init.detail}`);
    this.reason = init.reason;
    this.status = init.status;
    this.beaconNode = init.beaconNode;
    this.route = init.route;
    this.detail = init.detail;
  }

  /**
   * The node may not have the route: another way of asking the same is worth a try. Lighthouse says 400 of a version that it does not have
   * (sigp/lighthouse#4491).
   */
  get isRouteMissing(): boolean {
    return this.reason === "NOT_SUPPORTED" || this.status === 404 || this.status === 400;
  }
}

/** No beacon node of the set did what was asked; `errors` says why for each that failed. */
export class NoBeaconNodeError extends NoSourceError {
  override name = "NoBeaconNodeError";
  readonly errors: readonly BeaconNodeError[];

  /** @param unanswered names of nodes that had not answered when the time was up */
  constructor(what: string, errors: readonly BeaconNodeError[], unanswered: readonly string[] = []) {
    const causes = errors.map((error) => error.message);
    if (unanswered.length > 0) causes.push(`no answer in time from ${unanswered.join(", ")}`);
    const wasAnyAsked = causes.length > 0;
    super(`${what}: ${wasAnyAsked ? causes.join("; ") : "no beacon node is ready"}`, {wasAnyAsked});
    this.errors = errors;
  }
}

const EXCERPT_CHARACTERS_MAX = 200;

/** Text of a remote side, made fit for a log line: no control character reaches a terminal. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, EXCERPT_CHARACTERS_MAX * 2)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  return line.length > EXCERPT_CHARACTERS_MAX ? `${line.slice(0, EXCERPT_CHARACTERS_MAX - 1)}…` : line;
}
