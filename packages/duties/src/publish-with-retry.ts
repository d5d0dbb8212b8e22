import {type DutyJournal, type DutyKey, type PublishOutcome, type SlotClock, sleep} from "@mote/core";

interface Outgoing<Message> {
  readonly key: DutyKey;
  readonly message: Message;
}

/** Pauses between tries. A vote that is some seconds late still counts; one that was refused stays refused. */
const RETRY_PAUSES_MS = [250, 500, 1000, 2000] as const;

/**
 * Publishes and writes each outcome into the journal. What no path answered is sent again: the signature is made, and sending it twice is
 * harmless. On `signal` the try under way is the last.
 */
export async function publishWithRetry<Message>(
  outgoing: readonly Outgoing<Message>[],
  publish: (messages: readonly Message[]) => Promise<readonly PublishOutcome[]>,
  {journal, slotClock, signal}: {journal: DutyJournal; slotClock: SlotClock; signal: AbortSignal},
): Promise<void> {
  let open = outgoing;
  for (const pauseMs of [...RETRY_PAUSES_MS, null]) {
    if (open.length === 0) return;
    const outcomes = await publish(open.map(({message}) => message));
    const isLast = pauseMs === null || signal.aborted;
    open = open.filter(({key}, i) => !isSettled(key, outcomes[i], isLast, journal));
    if (isLast) return;
    if (open.length > 0) await sleep(slotClock, pauseMs, signal);
  }
}

function isSettled(key: DutyKey, outcome: PublishOutcome | undefined, isLast: boolean, journal: DutyJournal): boolean {
  if (outcome?.kind === "accepted") {
    journal.reached(key, "published", outcome.atMs);
    return true;
  }
  const reason = outcome?.reason ?? "PUBLISH_UNANSWERED";
  if (reason === "PUBLISH_UNANSWERED" && !isLast) return false;
  const detail = outcome?.receipts.map((receipt) => `${receipt.path}: ${receipt.detail}`).join("; ") ?? "";
  journal.fail(key, reason, detail);
  return true;
}
