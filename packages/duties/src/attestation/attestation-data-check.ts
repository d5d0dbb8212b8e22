import type {AttestationData, Epoch, FailureReason, Slot} from "@mote/core";

/** What the asker knows, independent of who answered. */
export interface AttestationDataExpectation {
  readonly slot: Slot;
  readonly slotsPerEpoch: number;
  /** From Gloas on `index` is 0 or 1; before, it is 0. */
  readonly indexNamesPayload: boolean;
}

/**
 * Whether data that came for a slot can be a vote of that slot at all. Null means yes; slashing protection and the signing gate have
 * their own say after this.
 */
export function checkAttestationData(
  data: AttestationData,
  expected: AttestationDataExpectation,
): {readonly reason: FailureReason; readonly detail: string} | null {
  const epoch = Math.floor(expected.slot / expected.slotsPerEpoch) as Epoch;
  if (data.slot !== expected.slot) return invalid(`data are for slot ${data.slot}, asked for ${expected.slot}`);
  if (data.target.epoch !== epoch) return invalid(`target epoch ${data.target.epoch} is not the slot's epoch ${epoch}`);
  if (data.index !== 0 && !(expected.indexNamesPayload && data.index === 1))
    return invalid(`index ${data.index} is out of range`);
  // In epoch 0 source and target are both the genesis checkpoint's epoch.
  if (data.source.epoch > data.target.epoch || (data.source.epoch === data.target.epoch && epoch !== 0)) {
    return {
      reason: "SOURCE_AFTER_TARGET",
      detail: `source epoch ${data.source.epoch} is not below target epoch ${data.target.epoch}`,
    };
  }
  return null;
}

const invalid = (detail: string) => ({reason: "BEACON_DATA_INVALID", detail}) as const;
