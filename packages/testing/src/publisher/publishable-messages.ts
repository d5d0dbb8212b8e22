import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import {
  type CommitteeIndex,
  type CommitteeSubscription,
  type Epoch,
  type ExecutionAddress,
  hexToBytes,
  type ProposerPreparation,
  type SignedAggregateAndProof,
  type SignedBlock,
  type SignedEnvelope,
  type SingleAttestation,
  type Slot,
  type SyncCommitteeSubscription,
  type ValidatorIndex,
} from "@mote/core";
import {fakePubkey, fakeRoot, fakeSignature} from "../beacon-nodes/fake-answers.ts";
import {fakeChain} from "../beacon-nodes/fake-chain.ts";
import {blindedBlock, fullBlock, selfBuiltBlock} from "../duty-signer/produced-blocks.ts";

export interface PublishableMessagesInit {
  /** In Fulu. */
  readonly slot: Slot;
  readonly gloasSlot: Slot;
  /** Name of the one that made the blocks. */
  readonly beaconNode: string;
}

/** Messages of every kind, three of each that travel in lists. Their signatures hold nowhere. */
export interface PublishableMessages {
  readonly votes: readonly SingleAttestation[];
  readonly aggregates: readonly SignedAggregateAndProof[];
  readonly syncMessages: readonly altair.SyncCommitteeMessage[];
  readonly contributions: readonly altair.SignedContributionAndProof[];
  readonly payloadVotes: readonly gloas.PayloadAttestationMessage[];
  readonly preferences: readonly gloas.SignedProposerPreferences[];
  readonly block: SignedBlock;
  readonly blindedBlock: SignedBlock;
  /** With its blobs. */
  readonly envelope: SignedEnvelope;
  /** Its blobs are the beacon node's. */
  readonly envelopeWithoutBlobs: SignedEnvelope;
  readonly exit: phase0.SignedVoluntaryExit;
  readonly subscription: CommitteeSubscription;
  readonly syncSubscription: SyncCommitteeSubscription;
  readonly preparation: ProposerPreparation;
  readonly registration: bellatrix.SignedValidatorRegistrationV1;
}

const FEE_RECIPIENT = `0x${"fe".repeat(20)}` as ExecutionAddress;
const GAS_LIMIT = 45_000_000;

export function publishableMessages(init: PublishableMessagesInit): PublishableMessages {
  const {slot, beaconNode} = init;
  const subscription = {
    validatorIndex: 1 as ValidatorIndex,
    committeeIndex: 0 as CommitteeIndex,
    committeesAtSlot: 1,
    slot,
    isAggregator: false,
  };
  const registration = {
    feeRecipient: hexToBytes(FEE_RECIPIENT),
    gasLimit: GAS_LIMIT,
    timestamp: 1_000,
    pubkey: hexToBytes(fakePubkey(1)),
  };
  return {
    ...listedMessages(init),
    ...proposals(init),
    exit: {message: {epoch: 1, validatorIndex: 1}, signature: fakeSignature(1)},
    subscription,
    syncSubscription: {validatorIndex: 1 as ValidatorIndex, seats: [3], untilEpoch: 8 as Epoch},
    preparation: {validatorIndex: 1 as ValidatorIndex, feeRecipient: FEE_RECIPIENT},
    registration: {message: registration, signature: fakeSignature(1)},
    block: {
      produced: fullBlock({slot, feeRecipient: FEE_RECIPIENT}),
      signature: fakeSignature(1),
      beaconNode,
    },
    blindedBlock: {
      produced: blindedBlock({slot, feeRecipient: FEE_RECIPIENT}),
      signature: fakeSignature(1),
      beaconNode,
    },
  };
}

function proposals({gloasSlot, beaconNode}: PublishableMessagesInit) {
  const {envelope} = selfBuiltBlock({slot: gloasSlot, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT}).payload;
  const signed = {message: envelope, signature: fakeSignature(1)};
  const envelopeWithoutBlobs: SignedEnvelope = {signed, blobData: null, beaconNode};
  return {envelopeWithoutBlobs, envelope: {...envelopeWithoutBlobs, blobData: {kzgProofs: [], blobs: []}}};
}

function listedMessages({slot, gloasSlot}: PublishableMessagesInit) {
  const chain = fakeChain();
  const three = <T>(make: (index: number) => T): T[] => [1, 2, 3].map(make);
  const beaconBlockRoot = hexToBytes(chain.headRoot);
  return {
    votes: three((index) => ({
      committeeIndex: 0 as CommitteeIndex,
      attesterIndex: index as ValidatorIndex,
      data: chain.attestationData(slot),
      signature: fakeSignature(index),
    })),
    aggregates: three((index) => ({
      message: {
        aggregatorIndex: index as ValidatorIndex,
        aggregate: chain.aggregate(slot, 0) as NonNullable<ReturnType<typeof chain.aggregate>>,
        selectionProof: fakeSignature(index),
      },
      signature: fakeSignature(index),
    })),
    syncMessages: three((validatorIndex) => ({
      slot,
      beaconBlockRoot,
      validatorIndex,
      signature: fakeSignature(validatorIndex),
    })),
    contributions: three((aggregatorIndex) => {
      const contribution = ssz.altair.SyncCommitteeContribution.defaultValue();
      Object.assign(contribution, {slot, beaconBlockRoot});
      const message = {aggregatorIndex, contribution, selectionProof: fakeSignature(2)};
      return {message, signature: fakeSignature(aggregatorIndex)};
    }),
    payloadVotes: three((validatorIndex) => ({
      validatorIndex,
      data: {beaconBlockRoot, slot: gloasSlot, payloadPresent: true, blobDataAvailable: true},
      signature: fakeSignature(validatorIndex),
    })),
    preferences: three((validatorIndex) => ({
      message: {
        dependentRoot: hexToBytes(fakeRoot(0xd0)),
        proposalSlot: gloasSlot,
        validatorIndex,
        feeRecipient: hexToBytes(FEE_RECIPIENT),
        targetGasLimit: BigInt(GAS_LIMIT),
      },
      signature: fakeSignature(validatorIndex),
    })),
  };
}
