import {InvalidValueError, parseUint, type Slot} from "@mote/core";
import {excerpt} from "../beacon-node-error.ts";
import type {BeaconApi, RequestBody, Route} from "../http/beacon-api.ts";
import {PUBLISH_ANSWER_SIZE_BYTES_MAX, SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {type JsonObject, parseList, parseObject} from "./decode.ts";

export const publishRoute = (template: string): Route => ({
  method: "POST",
  template,
  sizeBytesMax: PUBLISH_ANSWER_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
});

/** For what a node is told to get ready for. */
export const tellRoute = (template: string): Route => ({
  ...publishRoute(template),
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
});

/** Resolves when the node took all of it. */
export function tell(api: BeaconApi, route: Route, body: RequestBody, signal?: AbortSignal): Promise<void> {
  return api.call({route, path: route.template, body, bodyIgnored: true, fromJson: () => undefined}, signal);
}

/** What the node did with one message. */
export type ItemOutcome = {readonly kind: "accepted"} | {readonly kind: "refused"; readonly detail: string};

export interface Publication {
  readonly route: Route;
  /** Of the fork that the messages' slots lie in; absent where the API does not ask for it. */
  readonly consensusVersion?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: RequestBody;
  readonly signal?: AbortSignal | undefined;
}

/** Sends `count` signed messages in one request. Outcomes are in the order of the body's items. */
export function publish(
  api: BeaconApi,
  {route, consensusVersion, headers, body, signal}: Publication,
  count: number,
): Promise<readonly ItemOutcome[]> {
  const allAccepted = (): readonly ItemOutcome[] => Array.from({length: count}, () => ({kind: "accepted"}));
  return api.call<readonly ItemOutcome[]>(
    {
      route,
      path: route.template,
      body,
      ...(consensusVersion === undefined ? {} : {consensusVersion}),
      ...(headers === undefined ? {} : {headers}),
      bodyIgnored: true,
      fromJson: allAccepted,
      // Lodestar says 500 of a block that came to it by gossip before (ChainSafe/lodestar#9228).
      onStatus: (status, answer) =>
        status === 400 || status === 500 ? judgeRefusal(api, answer, {status, count}) : undefined,
    },
    signal,
  );
}

/**
 * A 400 of the API's `IndexedErrorMessage` refuses the items that it names and no other. Undefined when it names none: then it speaks of the
 * request, unless it says that all of it is known.
 */
function judgeRefusal(
  api: BeaconApi,
  answer: () => unknown,
  {status, count}: {readonly status: number; readonly count: number},
): readonly ItemOutcome[] | undefined {
  let body: JsonObject;
  try {
    body = parseObject(answer(), "answer");
  } catch {
    return undefined;
  }
  const failures = status !== 400 || body.failures === undefined || body.failures === null ? [] : body.failures;
  const named = parseList(failures, "failures", count).map((item) => {
    const failure = parseObject(item, "failure");
    const index = parseUint(failure.index, "index");
    if (index >= count) throw new InvalidValueError(`failure of item ${index}, of ${count} sent`);
    return {index, message: String(failure.message ?? "")};
  });
  if (named.length === 0) {
    const message = String(body.message ?? "");
    return isAlreadyKnown(message) ? Array.from({length: count}, () => ({kind: "accepted"})) : undefined;
  }
  const outcomes: ItemOutcome[] = Array.from({length: count}, () => ({kind: "accepted"}));
  for (const {index, message} of named) {
    if (!isAlreadyKnown(message)) outcomes[index] = {kind: "refused", detail: excerpt(api.http.redact(message))};
  }
  return outcomes;
}

/**
 * The message travels already: `ATTESTATION_ALREADY_KNOWN`, `AggregatorAlreadyKnown`, `PriorAttestationKnown`, "already seen" and the like,
 * by client.
 */
export function isAlreadyKnown(message: string): boolean {
  return /already[ _-]?(been[ _-]?)?(known|seen|exists|processed|received|published|imported)|prior[ _-]?attestation[ _-]?known|repeat[ _-]?proposal|superset[ _-]?known|\bduplicate\b/i.test(
    message,
  );
}

export function firstSlot(slots: readonly number[]): Slot {
  const [slot] = slots as readonly Slot[];
  if (slot === undefined) throw new Error("nothing to publish");
  return slot;
}
