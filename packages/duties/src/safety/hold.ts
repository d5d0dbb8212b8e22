import type {Epoch} from "@mote/core";

/** Full epochs in a row without an unexplained vote, after which a held key signs again. */
const CLEAN_EPOCHS = 2;

/** A key that does not sign, since the chain saw votes of it that are not on record. */
export interface Hold {
  /** In which a vote was seen that is not on record. */
  readonly seenEpoch: Epoch;
  /** All epochs up to this one are judged. */
  readonly judgedEpoch: Epoch;
  /** Of the judged ones, the last so many were clean. */
  readonly cleanEpochs: number;
}

/** Clean: what was seen is on record, or nothing was seen. */
export type Finding = "clean" | "seen" | "unanswered";

/** The current epoch is not over, so it counts neither way. */
export const holdFrom = (seenEpoch: Epoch, currentEpoch: Epoch): Hold => ({
  seenEpoch,
  judgedEpoch: currentEpoch,
  cleanEpochs: 0,
});

/** The hold as it stands in `currentEpoch`: an epoch that nobody can be asked about any more was not a clean one. */
export function standing(hold: Hold, currentEpoch: Epoch): Hold {
  const judgedEpoch = (currentEpoch - 2) as Epoch;
  return hold.judgedEpoch < judgedEpoch ? {...hold, judgedEpoch, cleanEpochs: 0} : hold;
}

/** The hold once the epoch before `currentEpoch` was found so; null: it is over. */
export function judgeHold(hold: Hold, finding: Finding, currentEpoch: Epoch): Hold | null {
  const now = standing(hold, currentEpoch);
  const judgedEpoch = (currentEpoch - 1) as Epoch;
  if (finding === "unanswered") return now;
  if (finding === "seen") return {seenEpoch: judgedEpoch, judgedEpoch, cleanEpochs: 0};
  const cleanEpochs = now.cleanEpochs + 1;
  return cleanEpochs < CLEAN_EPOCHS ? {...now, judgedEpoch, cleanEpochs} : null;
}

/** The first epoch in which the key may sign, if all goes well. */
export function resumesIn(hold: Hold, currentEpoch: Epoch): Epoch {
  const {judgedEpoch, cleanEpochs} = standing(hold, currentEpoch);
  return (judgedEpoch + CLEAN_EPOCHS - cleanEpochs + 1) as Epoch;
}
