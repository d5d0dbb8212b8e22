import {attestationDataFromSsz, ssz} from "@mote/consensus";
import {
  type AttestationData,
  executionAddressToHex,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {FakeRequest} from "../beacon-nodes/fake-answers.ts";

/** What a request carries of signed messages, in the words of the chain. */
export type SentMessage =
  | {
      readonly kind: "vote";
      readonly validatorIndex: ValidatorIndex;
      readonly slot: Slot;
      readonly data: AttestationData;
      readonly dataRoot: Root;
    }
  | {readonly kind: "aggregate"; readonly validatorIndex: ValidatorIndex; readonly slot: Slot; readonly dataRoot: Root}
  | {
      readonly kind: "block";
      readonly validatorIndex: ValidatorIndex;
      readonly slot: Slot;
      readonly root: Root;
      readonly parentRoot: Root;
      readonly feeRecipient: string;
    }
  | {readonly kind: "payload"; readonly slot: Slot; readonly blockRoot: Root; readonly feeRecipient: string}
  | {readonly kind: "sync_message"; readonly validatorIndex: ValidatorIndex; readonly slot: Slot; readonly root: Root}
  | {
      readonly kind: "contribution";
      readonly validatorIndex: ValidatorIndex;
      readonly slot: Slot;
      readonly subcommitteeIndex: number;
      readonly root: Root;
    }
  | {
      readonly kind: "payload_vote";
      readonly validatorIndex: ValidatorIndex;
      readonly slot: Slot;
      readonly root: Root;
      readonly isPresent: boolean;
    };

interface SentBody {
  readonly bytes: Uint8Array;
  readonly isSsz: boolean;
  readonly isGloas: boolean;
}

interface Type<T> {
  deserialize(bytes: Uint8Array): T;
  fromJson(json: unknown): T;
}

/** The messages of one request, in their order; none when the operation publishes nothing that is signed. */
export function sentMessages({operation, headers, body}: FakeRequest): readonly SentMessage[] {
  const isSsz = headers["content-type"] === "application/octet-stream";
  const isGloas = headers["eth-consensus-version"] === "gloas";
  return DECODERS[operation]?.({bytes: body, isSsz, isGloas}) ?? [];
}

const DECODERS: Readonly<Record<string, (body: SentBody) => readonly SentMessage[]>> = {
  "POST /eth/v2/beacon/pool/attestations": (body) =>
    fixedSizeItems(ssz.electra.SingleAttestation, body).map(({attesterIndex, data}) => ({
      kind: "vote",
      validatorIndex: attesterIndex as ValidatorIndex,
      slot: data.slot as Slot,
      data: attestationDataFromSsz(data),
      dataRoot: rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data)),
    })),
  "POST /eth/v2/validator/aggregate_and_proofs": (body) =>
    variableSizeItems(ssz.electra.SignedAggregateAndProof, body).map(({message: {aggregatorIndex, aggregate}}) => ({
      kind: "aggregate",
      validatorIndex: aggregatorIndex as ValidatorIndex,
      slot: aggregate.data.slot as Slot,
      dataRoot: rootToHex(ssz.phase0.AttestationData.hashTreeRoot(aggregate.data)),
    })),
  "POST /eth/v2/beacon/blocks": (body) => [body.isGloas ? bidBlock(body) : payloadBlock(body)],
  "POST /eth/v1/beacon/execution_payload_envelopes": (body) => {
    const {signedExecutionPayloadEnvelope} = one(ssz.gloas.SignedExecutionPayloadEnvelopeContents, body);
    const {beaconBlockRoot, payload} = signedExecutionPayloadEnvelope.message;
    return [
      {
        kind: "payload",
        slot: payload.slotNumber as Slot,
        blockRoot: rootToHex(beaconBlockRoot),
        feeRecipient: executionAddressToHex(payload.feeRecipient),
      },
    ];
  },
  "POST /eth/v1/beacon/pool/sync_committees": (body) =>
    jsonItems(ssz.altair.SyncCommitteeMessage, body).map(({slot, validatorIndex, beaconBlockRoot}) => ({
      kind: "sync_message",
      validatorIndex: validatorIndex as ValidatorIndex,
      slot: slot as Slot,
      root: rootToHex(beaconBlockRoot),
    })),
  "POST /eth/v1/validator/contribution_and_proofs": (body) =>
    jsonItems(ssz.altair.SignedContributionAndProof, body).map(({message: {aggregatorIndex, contribution}}) => ({
      kind: "contribution",
      validatorIndex: aggregatorIndex as ValidatorIndex,
      slot: contribution.slot as Slot,
      subcommitteeIndex: contribution.subcommitteeIndex,
      root: rootToHex(contribution.beaconBlockRoot),
    })),
  "POST /eth/v1/beacon/pool/payload_attestations": (body) =>
    fixedSizeItems(ssz.gloas.PayloadAttestationMessage, body).map(({validatorIndex, data}) => ({
      kind: "payload_vote",
      validatorIndex: validatorIndex as ValidatorIndex,
      slot: data.slot as Slot,
      root: rootToHex(data.beaconBlockRoot),
      isPresent: data.payloadPresent,
    })),
};

function payloadBlock(body: SentBody): SentMessage {
  const {message: block} = one(ssz.fulu.SignedBlockContents, body).signedBlock;
  return {
    kind: "block",
    validatorIndex: block.proposerIndex as ValidatorIndex,
    slot: block.slot as Slot,
    root: rootToHex(ssz.fulu.BeaconBlock.hashTreeRoot(block)),
    parentRoot: rootToHex(block.parentRoot),
    feeRecipient: executionAddressToHex(block.body.executionPayload.feeRecipient),
  };
}

function bidBlock(body: SentBody): SentMessage {
  const {message: block} = one(ssz.gloas.SignedBeaconBlock, body);
  return {
    kind: "block",
    validatorIndex: block.proposerIndex as ValidatorIndex,
    slot: block.slot as Slot,
    root: rootToHex(ssz.gloas.BeaconBlock.hashTreeRoot(block)),
    parentRoot: rootToHex(block.parentRoot),
    feeRecipient: executionAddressToHex(block.body.signedExecutionPayloadBid.message.feeRecipient),
  };
}

const jsonOf = ({bytes}: SentBody): unknown => JSON.parse(Buffer.from(bytes).toString());

const one = <T>(type: Type<T>, body: SentBody): T =>
  body.isSsz ? type.deserialize(body.bytes) : type.fromJson(jsonOf(body));

const jsonItems = <T>(type: Type<T>, body: SentBody): T[] =>
  (jsonOf(body) as unknown[]).map((item) => type.fromJson(item));

function fixedSizeItems<T>(type: Type<T> & {readonly fixedSize: number | null}, body: SentBody): T[] {
  if (!body.isSsz) return jsonItems(type, body);
  const sizeBytes = type.fixedSize as number;
  return Array.from({length: body.bytes.length / sizeBytes}, (_, at) =>
    type.deserialize(body.bytes.slice(at * sizeBytes, (at + 1) * sizeBytes)),
  );
}

/** An SSZ list of items of variable size begins with a table of 4-byte offsets. */
function variableSizeItems<T>(type: Type<T>, body: SentBody): T[] {
  if (!body.isSsz) return jsonItems(type, body);
  const {bytes} = body;
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = Array.from({length: table.getUint32(0, true) / 4}, (_, at) => table.getUint32(at * 4, true));
  return offsets.map((offset, at) => type.deserialize(bytes.slice(offset, offsets[at + 1] ?? bytes.length)));
}
