import {createHash} from "node:crypto";
import {TARGET_AGGREGATORS_PER_COMMITTEE} from "@lodestar/params";
import type {Signature} from "@mote/core";

/** Whether the validator with this selection proof aggregates for its committee. phase0/validator.md#aggregation-selection */
export function isAggregator(committeeLength: number, selectionProof: Signature): boolean {
  return isSelected(selectionProof, Math.floor(committeeLength / TARGET_AGGREGATORS_PER_COMMITTEE));
}

/** One proof in `modulo` is selected; all are when it is 0. The first 8 bytes of the proof's SHA-256, little-endian, decide. */
export function isSelected(selectionProof: Signature, modulo: number): boolean {
  const digest = createHash("sha256").update(selectionProof).digest();
  return digest.readBigUInt64LE(0) % BigInt(Math.max(1, modulo)) === 0n;
}
