import type {BeaconConfig} from "@lodestar/config";
import {
  DOMAIN_AGGREGATE_AND_PROOF,
  DOMAIN_BEACON_ATTESTER,
  DOMAIN_BEACON_PROPOSER,
  DOMAIN_CONTRIBUTION_AND_PROOF,
  DOMAIN_SYNC_COMMITTEE,
  type ForkPostBellatrix,
} from "@lodestar/params";
import {
  computeSigningRoot,
  computeStartSlotAtEpoch,
  getExecutionPayloadEnvelopeSigningRoot,
  getPayloadAttestationDataSigningRoot,
  getProposerPreferencesSigningRoot,
} from "@lodestar/state-transition";
import {ssz, sszTypesFor} from "@lodestar/types";
import {InvalidValueError, parseSignature} from "@mote/core";
import {type Json, objectOf} from "./json.ts";

/** A message that was signed with a share of its validator's key. */
export interface ShareSigned {
  readonly validatorIndex: number;
  readonly signingRoot: Uint8Array;
  /** What the signature does not cover: sync messages of two slots may be for one block. Absent where it covers all. */
  readonly slot?: number;
  /** 96 bytes. */
  readonly signature: Uint8Array;
}

export interface SignedMessage extends ShareSigned {
  /** The message as it came, with another signature. */
  withSignature(signature: string): unknown;
}

export interface ReadingContext {
  readonly config: BeaconConfig;
  /** Null for a slot whose block nobody asked for. */
  readonly proposerOf: (slot: number) => number | null;
}

/** One route by which signed messages come. */
export interface MessageKind {
  readonly path: string;
  readonly isList: boolean;
  /** @throws for what is no such message */
  readonly read: (json: Json, context: ReadingContext) => SignedMessage;
}

const SIGNED_BLOCK = "signed_block";
const SIGNED_ENVELOPE = "signed_execution_payload_envelope";

export const MESSAGE_KINDS: readonly MessageKind[] = [
  {path: "/eth/v2/beacon/pool/attestations", isList: true, read: readVote},
  {path: "/eth/v2/validator/aggregate_and_proofs", isList: true, read: readAggregate},
  {
    path: "/eth/v2/beacon/blocks",
    isList: false,
    read: (json, context) => readInner(json, SIGNED_BLOCK, context, readBlock),
  },
  {path: "/eth/v2/beacon/blinded_blocks", isList: false, read: readBlindedBlock},
  {
    path: "/eth/v1/beacon/execution_payload_envelopes",
    isList: false,
    read: (json, context) => readInner(json, SIGNED_ENVELOPE, context, readEnvelope),
  },
  {path: "/eth/v1/beacon/pool/sync_committees", isList: true, read: readSyncMessage},
  {path: "/eth/v1/validator/contribution_and_proofs", isList: true, read: readContribution},
  {path: "/eth/v1/beacon/pool/payload_attestations", isList: true, read: readPayloadAttestation},
  {path: "/eth/v1/validator/proposer_preferences", isList: true, read: readPreferences},
  {path: "/eth/v1/beacon/pool/voluntary_exits", isList: false, read: readExit},
];

function signedBy(json: Json, validatorIndex: number, signingRoot: Uint8Array): SignedMessage {
  return {
    validatorIndex,
    signingRoot,
    signature: parseSignature(json.signature, "signature"),
    withSignature: (signature) => ({...json, signature}),
  };
}

/** A message that comes alone or with its blobs around it. */
function readInner(json: Json, name: string, context: ReadingContext, read: MessageKind["read"]): SignedMessage {
  if (!(name in json)) return read(json, context);
  const inner = read(objectOf(json[name], name), context);
  return {...inner, withSignature: (signature) => ({...json, [name]: inner.withSignature(signature)})};
}

function readVote(json: Json, {config}: ReadingContext): SignedMessage {
  const {attesterIndex, data} = ssz.electra.SingleAttestation.fromJson(json);
  const domain = config.getDomain(data.slot, DOMAIN_BEACON_ATTESTER, computeStartSlotAtEpoch(data.target.epoch));
  return signedBy(json, attesterIndex, computeSigningRoot(ssz.phase0.AttestationData, data, domain));
}

function readAggregate(json: Json, {config}: ReadingContext): SignedMessage {
  const {aggregate} = objectOf(json.message, "message");
  const slot = slotOf(objectOf(objectOf(aggregate, "aggregate").data, "data"));
  // Its hash depends on the fork.
  const type = config.getForkTypes(slot).AggregateAndProof;
  const message = type.fromJson(json.message);
  const signingRoot = computeSigningRoot(type, message as never, config.getDomain(slot, DOMAIN_AGGREGATE_AND_PROOF));
  return signedBy(json, message.aggregatorIndex, signingRoot);
}

function readBlock(json: Json, {config}: ReadingContext): SignedMessage {
  const type = config.getForkTypes(slotOf(objectOf(json.message, "message"))).BeaconBlock;
  const block = type.fromJson(json.message);
  return signedBlock(json, block, {root: type.hashTreeRoot(block as never), config});
}

function readBlindedBlock(json: Json, {config}: ReadingContext): SignedMessage {
  const fork = config.getForkName(slotOf(objectOf(json.message, "message")));
  const type = sszTypesFor(fork as ForkPostBellatrix).BlindedBeaconBlock;
  const block = type.fromJson(json.message);
  return signedBlock(json, block, {root: type.hashTreeRoot(block as never), config});
}

function signedBlock(
  json: Json,
  {slot, proposerIndex}: {readonly slot: number; readonly proposerIndex: number},
  {root, config}: {readonly root: Uint8Array; readonly config: BeaconConfig},
): SignedMessage {
  const domain = config.getDomain(slot, DOMAIN_BEACON_PROPOSER);
  return signedBy(json, proposerIndex, computeSigningRoot(ssz.Root, root, domain));
}

function readEnvelope(json: Json, {config, proposerOf}: ReadingContext): SignedMessage {
  const envelope = ssz.gloas.ExecutionPayloadEnvelope.fromJson(json.message);
  const slot = envelope.payload.slotNumber;
  const proposer = proposerOf(slot);
  if (proposer === null) throw new InvalidValueError(`nobody asked for a block of slot ${slot}`);
  return signedBy(json, proposer, getExecutionPayloadEnvelopeSigningRoot(config, envelope));
}

function readSyncMessage(json: Json, {config}: ReadingContext): SignedMessage {
  const {slot, beaconBlockRoot, validatorIndex} = ssz.altair.SyncCommitteeMessage.fromJson(json);
  const domain = config.getDomain(slot, DOMAIN_SYNC_COMMITTEE);
  return {...signedBy(json, validatorIndex, computeSigningRoot(ssz.Root, beaconBlockRoot, domain)), slot};
}

function readContribution(json: Json, {config}: ReadingContext): SignedMessage {
  const message = ssz.altair.ContributionAndProof.fromJson(json.message);
  const domain = config.getDomain(message.contribution.slot, DOMAIN_CONTRIBUTION_AND_PROOF);
  return signedBy(json, message.aggregatorIndex, computeSigningRoot(ssz.altair.ContributionAndProof, message, domain));
}

function readPayloadAttestation(json: Json, {config}: ReadingContext): SignedMessage {
  const {validatorIndex, data} = ssz.gloas.PayloadAttestationMessage.fromJson(json);
  return signedBy(json, validatorIndex, getPayloadAttestationDataSigningRoot(config, data));
}

function readPreferences(json: Json, {config}: ReadingContext): SignedMessage {
  const message = ssz.gloas.ProposerPreferences.fromJson(json.message);
  return signedBy(json, message.validatorIndex, getProposerPreferencesSigningRoot(config, message));
}

function readExit(json: Json, {config}: ReadingContext): SignedMessage {
  const message = ssz.phase0.VoluntaryExit.fromJson(json.message);
  const slot = computeStartSlotAtEpoch(message.epoch);
  const domain = config.getDomainForVoluntaryExit(slot, slot);
  return signedBy(json, message.validatorIndex, computeSigningRoot(ssz.phase0.VoluntaryExit, message, domain));
}

const slotOf = ({slot}: Json): number => ssz.Slot.fromJson(slot);
