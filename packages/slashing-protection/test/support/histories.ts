import type {NewProtectionStore} from "@mote/testing";
import type {Step} from "./history-steps.ts";
import {Life} from "./life.ts";

/** Plays a history on new stores. Returns the last export; throws an AssertionError when one of them decided wrongly. */
export async function playHistory(
  newStore: NewProtectionStore,
  history: readonly Step[],
  init: {readonly retainEpochs: number},
): Promise<string> {
  const life = await Life.begin(newStore, init);
  try {
    for (const one of history) await life.live(one);
    await life.live({kind: "restart"});
    await life.live({kind: "export"});
    return await life.exported();
  } finally {
    await life.end();
  }
}
