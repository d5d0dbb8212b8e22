import {type DutyJournal, type DutyKey, type PublishOutcome, type SlotClock, sleep} from "@mote/core";

interface Outgoing<Message> {
  readonly key: DutyKey;
  readonly message: Message;
}

/** Pauses between tries. A vote that is some seconds late still counts; one that was refused stays refused. */
export const RETRY_PAUSES_MS = [250, 500, 1000, 2000] as const;

const UNANSWERED: PublishOutcome = {kind: "failed", reason: "PUBLISH_UNANSWERED", receipts: []};

/**
 * Publishes and writes each outcome into the journal. What no path answered is sent again: the signature is made, and sending it twice is
 * harmless. On `signal` the try under way is the last.
 * @returns the last outcome of each, in the order of `outgoing`
 */
export async function publishWithRetry<Message>(
  outgoing: readonly Outgoing<Message>[],
  publish: (messages: readonly Message[]) => Promise<readonly PublishOutcome[]>,
  {journal, slotClock, signal}: {journal: DutyJournal; slotClock: SlotClock; signal: AbortSignal},
): Promise<readonly PublishOutcome[]> {
  const last = new Map<Outgoing<Message>, PublishOutcome>();
  let open = outgoing;
  for (const pauseMs of [...RETRY_PAUSES_MS, null]) {
    if (open.length === 0) break;
    const outcomes = await publish(open.map(({message}) => message));
    for (const [place, one] of open.entries()) last.set(one, outcomes[place] ?? UNANSWERED);
    const isLast = pauseMs === null || signal.aborted;
    open = open.filter((one) => !isSettled(one.key, last.get(one) as PublishOutcome, isLast, journal));
    if (isLast) break;
    if (open.length > 0) await sleep(slotClock, pauseMs, signal);
  }
  return outgoing.map((one) => last.get(one) as PublishOutcome);
}

function isSettled(key: DutyKey, outcome: PublishOutcome, isLast: boolean, journal: DutyJournal): boolean {
  if (outcome.kind === "accepted") {
    journal.reached(key, "published", outcome.atMs);
    return true;
  }
  if (outcome.reason === "PUBLISH_UNANSWERED" && !isLast) return false;
  const detail = outcome.receipts.map((receipt) => `${receipt.path}: ${receipt.detail}`).join("; ");
  journal.fail(key, outcome.reason, detail);
  return true;
}
