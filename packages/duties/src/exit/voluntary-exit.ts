import {
  abbreviate,
  type DutySigner,
  type FailureReason,
  type Pubkey,
  type Publisher,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface VoluntaryExitComponents {
  readonly registry: Pick<ValidatorRegistry, "infoOf">;
  readonly signer: Pick<DutySigner, "signVoluntaryExit">;
  readonly publisher: Pick<Publisher, "publishVoluntaryExit">;
  readonly slotClock: SlotClock;
}

export type VoluntaryExitOutcome =
  | {readonly kind: "published"; readonly validatorIndex: ValidatorIndex}
  | {readonly kind: "refused"; readonly reason: FailureReason; readonly detail: string};

/**
 * Takes a validator out of service for good: signs its exit for the present epoch and hands it to the beacon nodes. Only ever done because a
 * person asked for it. The index comes from the chain's own word on the key, so that no key signs another's exit.
 */
export async function exitVoluntarily(
  pubkey: Pubkey,
  {registry, signer, publisher, slotClock}: VoluntaryExitComponents,
): Promise<VoluntaryExitOutcome> {
  const info = registry.infoOf(pubkey);
  if (info?.status !== "active_ongoing") {
    const detail = `${abbreviate(pubkey)} is ${info?.status ?? "not known to the chain"}: only an active validator can exit`;
    return {kind: "refused", reason: "KEY_NOT_ACTIVE", detail};
  }
  const message = {epoch: slotClock.currentEpoch(), validatorIndex: info.index};
  const outcome = await signer.signVoluntaryExit(pubkey, message);
  if (outcome.kind === "refused") return outcome;
  const published = await publisher.publishVoluntaryExit({message, signature: outcome.signature});
  if (published.kind === "accepted") return {kind: "published", validatorIndex: info.index};
  const detail = published.receipts.map((receipt) => `${receipt.path}: ${receipt.detail}`).join("; ");
  return {kind: "refused", reason: published.reason, detail};
}
