import type {DutyKey, DutyKind, Pubkey, Slot, ValidatorIndex} from "@mote/core";

/** Names a duty of which a validator has at most one in a slot. */
export function dutyKey(
  kind: Exclude<DutyKind, "sync_contribution">,
  {
    slot,
    validatorIndex,
    pubkey,
  }: {readonly slot: Slot; readonly validatorIndex: ValidatorIndex; readonly pubkey: Pubkey},
): DutyKey {
  return {kind, slot, validatorIndex, pubkey};
}
