import type {Root} from "@mote/core";
import {UnsoundError} from "./request-error.ts";

interface BlockLink {
  readonly slot: number;
  readonly root: Root;
  readonly parentRoot: Root;
}

/** Holds each block against the range and the block before it: one chain, ascending. phase0/p2p-interface.md#beaconblocksbyrange-v1 */
export function rangeCheck({
  startSlot,
  count,
}: {
  readonly startSlot: number;
  readonly count: number;
}): (block: BlockLink) => void {
  let last: BlockLink | null = null;
  return (block) => {
    if (!(block.slot >= startSlot && block.slot < startSlot + count)) {
      throw new UnsoundError(
        "invalid_response",
        `a block of slot ${block.slot}, where ${count} from ${startSlot} on were asked for`,
      );
    }
    if (last !== null && block.slot <= last.slot) {
      throw new UnsoundError("invalid_response", `a block of slot ${block.slot} behind one of slot ${last.slot}`);
    }
    if (last !== null && block.parentRoot !== last.root) {
      throw new UnsoundError("invalid_response", `the block of slot ${block.slot} does not build on the one before it`);
    }
    last = block;
  };
}

/** Each of the roots at most once. */
export function rootsCheck(roots: readonly Root[]): (root: Root) => void {
  const wanted = new Set(roots);
  return (root) => {
    if (!wanted.delete(root))
      throw new UnsoundError("invalid_response", `the block ${root}, which was not asked for, or twice`);
  };
}

/** "In consecutive order (by period)". altair/light-client/p2p-interface.md#lightclientupdatesbyrange */
export function periodsCheck(startPeriod: number, count: number): (period: number) => void {
  let next: number | null = null;
  return (period) => {
    const isExpected = next === null ? period >= startPeriod : period === next;
    if (!isExpected || period >= startPeriod + count) {
      throw new UnsoundError(
        "invalid_response",
        `an update of period ${period}, where ${count} from ${startPeriod} on were asked for`,
      );
    }
    next = period + 1;
  };
}
