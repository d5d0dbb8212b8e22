import {attestationFromSsz, type NetworkConfig, ssz} from "@mote/consensus";
import {type Epoch, hexToBytes, type Signature, type Slot, type ValidatorIndex} from "@mote/core";
import {signableMessages} from "@mote/testing";
import * as sign from "../../../src/signers/signable-message.ts";
import {dataOf, FEE_RECIPIENT, GAS_LIMIT, pubkey, root, SLOTS_PER_EPOCH} from "../../gate-fixture.ts";

type Messages = readonly sign.SignableMessage[];

/** One message of each kind, all of this slot. */
export function everyMessage(config: NetworkConfig, slotNumber: number): Messages {
  const slot = slotNumber as Slot;
  const data = dataOf(slot);
  const epoch = data.target.epoch;
  return [
    sign.attestationToSign(config, data),
    blockOf(config, slot),
    sign.randaoRevealToSign(config, epoch),
    sign.selectionProofToSign(config, slot),
    aggregateOf(config, slot),
    sign.syncCommitteeMessageToSign(config, slot, root(0xaa)),
    ...administrationOf(config, slot),
  ];
}

/** One of each kind that a Web3Signer knows. */
export const everyKnownMessage = (config: NetworkConfig, slot: number): Messages =>
  everyMessage(config, slot).filter(({kind}) => !UNKNOWN_KINDS.includes(kind));

export const UNKNOWN_KINDS: readonly sign.SignableKind[] = [
  "payload_attestation",
  "execution_payload_envelope",
  "proposer_preferences",
];

export const attestationOf = (config: NetworkConfig, slot: number) => sign.attestationToSign(config, dataOf(slot));

function blockOf(config: NetworkConfig, slot: Slot) {
  const header = ssz.phase0.BeaconBlockHeader.defaultValue();
  header.slot = slot;
  header.proposerIndex = 7;
  header.bodyRoot = hexToBytes(root(0xbb));
  return sign.blockToSign(config, header, ssz.phase0.BeaconBlockHeader.hashTreeRoot(header));
}

function aggregateOf(config: NetworkConfig, slot: Slot) {
  const aggregate = {...attestationFromSsz(ssz.electra.Attestation.defaultValue()), data: dataOf(slot)};
  const selectionProof = new Uint8Array(96).fill(5) as Signature;
  return sign.aggregateAndProofToSign(config, {aggregatorIndex: 3 as ValidatorIndex, aggregate, selectionProof});
}

function administrationOf(config: NetworkConfig, slot: Slot): Messages {
  const all = signableMessages({
    slot,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    pubkey: pubkey(1),
    feeRecipient: FEE_RECIPIENT,
    gasLimit: GAS_LIMIT,
    nowSec: 1_700_000_000,
  });
  const deposit = {pubkey: hexToBytes(pubkey(1)), withdrawalCredentials: hexToBytes(root(1)), amount: 32_000_000_000};
  return [
    sign.syncCommitteeSelectionProofToSign(config, all.syncSelection),
    sign.contributionAndProofToSign(config, all.contribution),
    sign.validatorRegistrationToSign(config, all.registration),
    sign.voluntaryExitToSign(config, {...all.exit, epoch: Math.floor(slot / SLOTS_PER_EPOCH) as Epoch}),
    sign.depositToSign(config, deposit),
    sign.payloadAttestationToSign(config, all.payloadAttestation),
    sign.executionPayloadEnvelopeToSign(config, all.produced.payload.envelope),
    sign.proposerPreferencesToSign(config, all.preferences),
  ];
}
