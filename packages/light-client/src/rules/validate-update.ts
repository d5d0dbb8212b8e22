import {MIN_SYNC_COMMITTEE_PARTICIPANTS} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import {type NetworkConfig, syncCommitteeMessageSigningRoot} from "@mote/consensus";
import {type Root, rootToHex, type Signature, type SignatureVerifier, type Slot} from "@mote/core";
import {finalizedRootGindex, nextSyncCommitteeGindex} from "./generalized-indices.ts";
import {isValidHeader} from "./light-client-header.ts";
import type {LightClientState} from "./light-client-state.ts";
import {isValidNormalizedMerkleBranch} from "./merkle-branch.ts";
import {participationOf} from "./participation.ts";
import {computeSyncCommitteePeriodAtSlot as periodAt} from "./periods.ts";
import type {LightClientRefusal} from "./refusal.ts";
import type {UpgradedUpdate} from "./upgraded-update.ts";

/** What of the world a verdict depends on. */
export interface ValidationContext {
  readonly config: NetworkConfig;
  readonly currentSlot: Slot;
}

/**
 * Null: sound. The signature comes last, since it costs more than all else.
 * altair/light-client/sync-protocol.md, `validate_light_client_update`
 */
export async function validateUpdate(
  state: LightClientState,
  update: UpgradedUpdate,
  context: ValidationContext,
  verifier: SignatureVerifier,
): Promise<LightClientRefusal | null> {
  const refusal = checkUpdate(state, update, context);
  if (refusal !== null) return refusal;
  const {pubkeys, signingRoot, signature} = signatureOf(state, update, context.config);
  return (await verifier.verifyAggregate(pubkeys, signingRoot, signature)) ? null : "INVALID_SIGNATURE";
}

/** All of it but the signature. */
export function checkUpdate(
  state: LightClientState,
  update: UpgradedUpdate,
  {config, currentSlot}: ValidationContext,
): LightClientRefusal | null {
  return (
    checkParticipation(state, update) ??
    checkSlots(update, currentSlot) ??
    checkPeriod(state, update) ??
    checkRelevance(state, update) ??
    (isValidHeader(config, update.attestedHeader) ? null : "INVALID_HEADER") ??
    checkFinality(config, update) ??
    checkNextCommittee(config, state, update)
  );
}

function checkParticipation(
  {currentSyncCommittee}: LightClientState,
  {syncAggregate}: UpgradedUpdate,
): LightClientRefusal | null {
  const {signed, seats} = participationOf(syncAggregate);
  if (seats !== currentSyncCommittee.pubkeys.length) return "WRONG_FORMAT";
  return signed < MIN_SYNC_COMMITTEE_PARTICIPANTS ? "TOO_FEW_PARTICIPANTS" : null;
}

function checkSlots(update: UpgradedUpdate, currentSlot: Slot): LightClientRefusal | null {
  const {attestedHeader, signatureSlot} = update;
  const attestedSlot = attestedHeader.beacon.slot;
  if (!(signatureSlot > attestedSlot && attestedSlot >= finalizedSlotOf(update))) return "SLOTS_OUT_OF_ORDER";
  return signatureSlot > currentSlot ? "FROM_THE_FUTURE" : null;
}

function checkPeriod(state: LightClientState, {signatureSlot}: UpgradedUpdate): LightClientRefusal | null {
  const periodsAhead = periodAt(signatureSlot) - periodAt(state.finalizedHeader.beacon.slot);
  const isKnown = periodsAhead === 0 || (periodsAhead === 1 && state.nextSyncCommittee !== null);
  return isKnown ? null : "UNKNOWN_COMMITTEE";
}

function checkRelevance(state: LightClientState, {attestedHeader, next}: UpgradedUpdate): LightClientRefusal | null {
  const {slot} = attestedHeader.beacon;
  const storeSlot = state.finalizedHeader.beacon.slot;
  const bringsCommittee = state.nextSyncCommittee === null && next !== null && periodAt(slot) === periodAt(storeSlot);
  return slot > storeSlot || bringsCommittee ? null : "NOT_RELEVANT";
}

function checkFinality(config: NetworkConfig, {finality, attestedHeader}: UpgradedUpdate): LightClientRefusal | null {
  if (finality === null) return null;
  const {header, branch} = finality;
  if (header !== null && !isValidHeader(config, header)) return "INVALID_HEADER";
  const leaf = header === null ? new Uint8Array(32) : ssz.phase0.BeaconBlockHeader.hashTreeRoot(header.beacon);
  const {slot, stateRoot} = attestedHeader.beacon;
  const isProven = isValidNormalizedMerkleBranch(leaf, branch, finalizedRootGindex(config, slot), stateRoot);
  return isProven ? null : "UNPROVEN_FINALITY";
}

function checkNextCommittee(
  config: NetworkConfig,
  state: LightClientState,
  {next, attestedHeader}: UpgradedUpdate,
): LightClientRefusal | null {
  if (next === null) return null;
  const {slot, stateRoot} = attestedHeader.beacon;
  const isSamePeriod = periodAt(slot) === periodAt(state.finalizedHeader.beacon.slot);
  const known = isSamePeriod ? state.nextSyncCommittee : null;
  if (known !== null && !ssz.altair.SyncCommittee.equals(next.committee, known)) return "OTHER_COMMITTEE";
  const leaf = ssz.altair.SyncCommittee.hashTreeRoot(next.committee);
  const gindex = nextSyncCommitteeGindex(config, slot);
  return isValidNormalizedMerkleBranch(leaf, next.branch, gindex, stateRoot) ? null : "UNPROVEN_COMMITTEE";
}

/** What is to be verified of an update that was checked. */
export function signatureOf(
  state: LightClientState,
  {syncAggregate, signatureSlot, attestedHeader}: UpgradedUpdate,
  config: NetworkConfig,
): {readonly pubkeys: readonly Uint8Array[]; readonly signingRoot: Root; readonly signature: Signature} {
  const isOfCurrent = periodAt(signatureSlot) === periodAt(state.finalizedHeader.beacon.slot);
  const committee = isOfCurrent ? state.currentSyncCommittee : state.nextSyncCommittee;
  if (committee === null) throw new Error("an update of an unknown committee was not refused");
  // The members signed a slot before the block that took their signatures in.
  const signedSlot = (Math.max(signatureSlot, 1) - 1) as Slot;
  const attestedRoot = rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(attestedHeader.beacon));
  return {
    pubkeys: syncAggregate.syncCommitteeBits.intersectValues(committee.pubkeys),
    signingRoot: syncCommitteeMessageSigningRoot(config, signedSlot, attestedRoot),
    signature: syncAggregate.syncCommitteeSignature as Signature,
  };
}

export const finalizedSlotOf = ({finality}: UpgradedUpdate): number => finality?.header?.beacon.slot ?? 0;
