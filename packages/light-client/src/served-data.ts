import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
} from "@lodestar/types";
import type {Root} from "@mote/core";
import {isBetterUpdate} from "./rules/is-better-update.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./rules/periods.ts";
import type {AnyUpdate, UpgradedUpdate} from "./rules/upgraded-update.ts";

/** More than a weak subjectivity period of mainnet, in about 2.5 MB. */
const PERIODS_KEPT_MAX = 16;

/** What was validated here, in the form it came in, for others to have. altair/light-client/full-node.md */
export class ServedData {
  readonly #best = new Map<number, {readonly wire: LightClientUpdate; readonly update: UpgradedUpdate}>();
  #bootstrap: {readonly root: Root; readonly wire: LightClientBootstrap} | null = null;
  #finality: LightClientFinalityUpdate | null = null;
  #optimistic: LightClientOptimisticUpdate | null = null;

  addBootstrap(root: Root, wire: LightClientBootstrap): void {
    this.#bootstrap = {root, wire};
  }

  add(wire: AnyUpdate, update: UpgradedUpdate): void {
    if (isLater(wire, this.#optimistic)) this.#optimistic = optimisticUpdateOf(wire);
    if ("finalizedHeader" in wire && update.finality !== null && isLater(wire, this.#finality))
      this.#finality = finalityUpdateOf(wire);
    if ("nextSyncCommittee" in wire && update.next !== null) this.#addOfPeriod(wire, update);
  }

  bootstrap(root: Root): LightClientBootstrap | null {
    return this.#bootstrap?.root === root ? this.#bootstrap.wire : null;
  }

  /**
   * Of `count` periods from `startPeriod` on the first that is here, and those after it without a gap. By what is here, not by what is asked for: both
   * numbers are a stranger's.
   */
  updates(startPeriod: number, count: number): readonly LightClientUpdate[] {
    const held = [...this.#best].filter(([period]) => period >= startPeriod && period - startPeriod < count);
    held.sort(([a], [b]) => a - b);
    const first = held[0]?.[0] ?? 0;
    return held.filter(([period], place) => period === first + place).map(([, {wire}]) => wire);
  }

  finalityUpdate(): LightClientFinalityUpdate | null {
    return this.#finality;
  }

  optimisticUpdate(): LightClientOptimisticUpdate | null {
    return this.#optimistic;
  }

  #addOfPeriod(wire: LightClientUpdate, update: UpgradedUpdate): void {
    const period = periodAt(wire.attestedHeader.beacon.slot);
    if (period !== periodAt(wire.signatureSlot)) return;
    const best = this.#best.get(period);
    if (best !== undefined && !isBetterUpdate(update, best.update)) return;
    this.#best.set(period, {wire, update});
    if (this.#best.size > PERIODS_KEPT_MAX) this.#best.delete(Math.min(...this.#best.keys()));
  }
}

/** The highest attested slot, then the highest signature slot. */
function isLater(update: AnyUpdate, than: LightClientOptimisticUpdate | null): boolean {
  if (than === null) return true;
  const [slot, thanSlot] = [update.attestedHeader.beacon.slot, than.attestedHeader.beacon.slot];
  return slot !== thanSlot ? slot > thanSlot : update.signatureSlot > than.signatureSlot;
}

const optimisticUpdateOf = ({
  attestedHeader,
  syncAggregate,
  signatureSlot,
}: AnyUpdate): LightClientOptimisticUpdate => ({
  attestedHeader,
  syncAggregate,
  signatureSlot,
});

/** Both headers of an update have the form of one fork. */
function finalityUpdateOf(update: LightClientUpdate | LightClientFinalityUpdate): LightClientFinalityUpdate {
  const {attestedHeader, finalizedHeader, finalityBranch, syncAggregate, signatureSlot} = update;
  return {attestedHeader, finalizedHeader, finalityBranch, syncAggregate, signatureSlot} as LightClientFinalityUpdate;
}
