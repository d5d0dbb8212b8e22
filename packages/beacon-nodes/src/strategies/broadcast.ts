import type {Cancel, Clock, PublishOutcome, PublishReceipt} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {ItemOutcome} from "../routes/publish.ts";

export interface BroadcastPath {
  readonly name: string;
  /** Ends within the time limit of its route. */
  readonly send: () => Promise<readonly ItemOutcome[]>;
  /** Set when the next path is for the case that this one fails: it is taken then, or when this one has not answered for so long. */
  readonly nextAfterMs?: number;
}

/**
 * Sends `count` items by all paths, in their order: at once, but for those that wait for the ones before them. Resolves as soon as each item
 * was accepted somewhere, or when every path has ended. Paths that are slower go on (the more nodes have a message, the better it travels), and
 * their receipts are dropped.
 */
export function broadcast(
  count: number,
  {clock, paths}: {readonly clock: Clock; readonly paths: readonly BroadcastPath[]},
): Promise<readonly PublishOutcome[]> {
  return new Promise((resolve, reject) => {
    const receipts: PublishReceipt[][] = Array.from({length: count}, () => []);
    const acceptedMs: (number | null)[] = Array.from({length: count}, () => null);
    let pathsLeft = paths.length;
    let nextPath = 0;
    let hasEnded = false;
    let cancelNext: Cancel = () => {};
    const finishWhenKnown = () => {
      if (hasEnded || (pathsLeft > 0 && acceptedMs.includes(null))) return;
      hasEnded = true;
      cancelNext();
      resolve(receipts.map((list, index) => outcomeOf([...list], acceptedMs[index] ?? null)));
    };
    const take = (path: string, ofItem: (index: number) => Omit<PublishReceipt, "path">) => {
      const nowMs = clock.nowMs();
      receipts.forEach((list, index) => {
        const receipt = ofItem(index);
        list.push({path, ...receipt});
        if (receipt.kind === "accepted") acceptedMs[index] ??= nowMs;
      });
      pathsLeft--;
      finishWhenKnown();
      sendNext();
    };
    const sendNext = () => {
      cancelNext();
      const path = hasEnded ? undefined : paths[nextPath];
      if (path === undefined) return;
      nextPath++;
      const {name, send, nextAfterMs} = path;
      send().then(
        (outcomes) => take(name, (index) => receiptOf(outcomes[index])),
        (error: unknown) => {
          if (!(error instanceof BeaconNodeError)) return reject(error);
          const kind = isRefusal(error) ? "refused" : "unanswered";
          take(name, () => ({kind, detail: `${error.reason} ${error.detail}`}));
        },
      );
      if (nextAfterMs === undefined) sendNext();
      else cancelNext = clock.after(nextAfterMs, sendNext);
    };
    sendNext();
    finishWhenKnown();
  });
}

function receiptOf(outcome: ItemOutcome | undefined): Omit<PublishReceipt, "path"> {
  if (outcome === undefined) return {kind: "unanswered", detail: "the answer does not speak of it"};
  return outcome.kind === "accepted" ? {kind: "accepted", detail: ""} : outcome;
}

/** The node judged the request as such. Overload (429), like 5xx, says nothing of the message. */
const isRefusal = ({reason, status}: BeaconNodeError): boolean =>
  (reason === "HTTP_STATUS" || reason === "NOT_SUPPORTED") &&
  status !== undefined &&
  status >= 400 &&
  status <= 499 &&
  status !== 408 &&
  status !== 429;

function outcomeOf(receipts: readonly PublishReceipt[], acceptedMs: number | null): PublishOutcome {
  if (acceptedMs !== null) return {kind: "accepted", atMs: acceptedMs, receipts};
  // A path that did not answer may still take it: only the word of all is final.
  const isRefused = receipts.length > 0 && receipts.every(({kind}) => kind === "refused");
  return {kind: "failed", reason: isRefused ? "PUBLISH_REFUSED" : "PUBLISH_UNANSWERED", receipts};
}
