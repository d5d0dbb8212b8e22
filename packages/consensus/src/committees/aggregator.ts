import {createHash} from "node:crypto";
import {TARGET_AGGREGATORS_PER_COMMITTEE} from "@lodestar/params";
import type {Signature} from "@mote/core";

/** Whether the validator with this selection proof aggregates for its committee. phase0/validator.md#aggregation-selection */
export function isAggregator(committeeLength: number, selectionProof: Signature): boolean {
  const modulo = Math.max(1, Math.floor(committeeLength / TARGET_AGGREGATORS_PER_COMMITTEE));
  const digest = createHash("sha256").update(selectionProof).digest();
  return digest.readBigUInt64LE(0) % BigInt(modulo) === 0n;
}
