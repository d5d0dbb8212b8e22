import type {DutyJournal, DutyKey, PublishOutcome, SlotClock} from "@mote/core";
import {publishWithRetry} from "./publish-with-retry.ts";

/** As {@link publishWithRetry}, for messages whose duty is done when they are out: nobody looks for them in the chain. */
export async function publishAndClose<Message>(
  outgoing: readonly {readonly key: DutyKey; readonly message: Message}[],
  publish: (messages: readonly Message[]) => Promise<readonly PublishOutcome[]>,
  context: {readonly journal: DutyJournal; readonly slotClock: SlotClock; readonly signal: AbortSignal},
): Promise<void> {
  const outcomes = await publishWithRetry(outgoing, publish, context);
  outgoing.forEach(({key}, place) => {
    if (outcomes[place]?.kind === "accepted") context.journal.close(key);
  });
}
