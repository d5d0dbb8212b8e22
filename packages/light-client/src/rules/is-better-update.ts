import {participationOf} from "./participation.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./periods.ts";
import type {UpgradedUpdate} from "./upgraded-update.ts";

/** Which of two updates of one period serves others better. altair/light-client/sync-protocol.md, `is_better_update` */
export function isBetterUpdate(newUpdate: UpgradedUpdate, oldUpdate: UpgradedUpdate): boolean {
  const [a, b] = [participationOf(newUpdate.syncAggregate), participationOf(oldUpdate.syncAggregate)];
  if (a.isSupermajority !== b.isSupermajority) return a.isSupermajority;
  if (!a.isSupermajority && a.signed !== b.signed) return a.signed > b.signed;
  for (const has of [hasRelevantCommittee, hasFinality, hasCommitteeFinality])
    if (has(newUpdate) !== has(oldUpdate)) return has(newUpdate);
  if (a.signed !== b.signed) return a.signed > b.signed;
  const [newSlot, oldSlot] = [newUpdate.attestedHeader.beacon.slot, oldUpdate.attestedHeader.beacon.slot];
  // The older one, so that the best of a period changes seldom.
  return newSlot !== oldSlot ? newSlot < oldSlot : newUpdate.signatureSlot < oldUpdate.signatureSlot;
}

const hasRelevantCommittee = ({next, attestedHeader, signatureSlot}: UpgradedUpdate): boolean =>
  next !== null && periodAt(attestedHeader.beacon.slot) === periodAt(signatureSlot);

const hasFinality = ({finality}: UpgradedUpdate): boolean => finality !== null;

/** Its finalized header lies in the period whose next committee it brings. */
const hasCommitteeFinality = ({finality, attestedHeader}: UpgradedUpdate): boolean =>
  finality !== null && periodAt(finality.header?.beacon.slot ?? 0) === periodAt(attestedHeader.beacon.slot);
