import {aggregateSignatures, Signature} from "@chainsafe/blst";
import {
  DOMAIN_APPLICATION_BUILDER,
  DOMAIN_BEACON_PROPOSER,
  DOMAIN_CONTRIBUTION_AND_PROOF,
  DOMAIN_RANDAO,
  DOMAIN_SYNC_COMMITTEE,
  DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF,
  SYNC_COMMITTEE_SUBNET_SIZE,
} from "@lodestar/params";
import {
  computeDomain,
  computeEpochAtSlot,
  computeSigningRoot,
  computeStartSlotAtEpoch,
  getExecutionPayloadEnvelopeSigningRoot,
  getPayloadAttestationDataSigningRoot,
  getProposerPreferencesSigningRoot,
} from "@lodestar/state-transition";
import {
  type altair,
  type BeaconBlock,
  type bellatrix,
  type electra,
  type gloas,
  type phase0,
  type SignedBeaconBlock,
  ssz,
} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import type {BlockRequest, UnsignedBlock} from "../../src/chain/types.ts";
import type {DevnetChain} from "../../src/chain.ts";
import type {InteropKeys} from "../../src/interop-keys.ts";

export const TEST_FEE_RECIPIENT = `0x${"fe".repeat(20)}` as const;
export const TEST_GAS_LIMIT = 45_000_000;

/**
 * Signs all that a chain asks of its validators but votes, with @lodestar/state-transition's own signing roots: nothing here is Mote's code.
 * What it signs is not checked: a test may have anything signed.
 */
export class TestValidators {
  readonly chain: DevnetChain;
  readonly keys: InteropKeys;

  constructor(chain: DevnetChain, keys: InteropKeys) {
    this.chain = chain;
    this.keys = keys;
  }

  proposer(slot: Slot): number {
    const {head} = this.chain;
    const state = this.chain.stateAt(head.root, slot) ?? head.state;
    return state.epochCtx.getBeaconProposer(slot);
  }

  randaoReveal(slot: Slot, proposer = this.proposer(slot)): Uint8Array {
    const domain = this.chain.config.getDomain(slot, DOMAIN_RANDAO);
    return this.sign(proposer, computeSigningRoot(ssz.Epoch, computeEpochAtSlot(slot), domain));
  }

  request(slot: Slot, change: Partial<BlockRequest> = {}): BlockRequest {
    return {randaoReveal: this.randaoReveal(slot), graffiti: new Uint8Array(32).fill(0x67), ...change};
  }

  /** @throws when the chain refuses */
  produce(slot: Slot, change: Partial<BlockRequest> = {}): UnsignedBlock {
    const produced = this.chain.produceBlock(slot, this.request(slot, change));
    if ("refused" in produced) throw new Error(produced.refused);
    return produced;
  }

  block(message: BeaconBlock): SignedBeaconBlock {
    const type = this.chain.config.getForkTypes(message.slot).BeaconBlock;
    return {message, signature: this.#signBlock(message, type.hashTreeRoot(message as never))} as SignedBeaconBlock;
  }

  blindedBlock(message: electra.BlindedBeaconBlock): electra.SignedBlindedBeaconBlock {
    return {message, signature: this.#signBlock(message, ssz.electra.BlindedBeaconBlock.hashTreeRoot(message))};
  }

  envelope(message: gloas.ExecutionPayloadEnvelope, proposer: number): gloas.SignedExecutionPayloadEnvelope {
    const signingRoot = getExecutionPayloadEnvelopeSigningRoot(this.chain.config, message);
    return {message, signature: this.sign(proposer, signingRoot)};
  }

  /** Everyone of the sync committee signs `root`, each once. */
  syncMessages(slot: Slot, root: Root = this.chain.head.root): altair.SyncCommitteeMessage[] {
    return [...new Set(this.#syncCommittee(slot))].map((index) => this.syncMessage(slot, index, root));
  }

  syncMessage(slot: Slot, validatorIndex: number, root: Root): altair.SyncCommitteeMessage {
    const beaconBlockRoot = hexToBytes(root);
    const domain = this.chain.config.getDomain(slot, DOMAIN_SYNC_COMMITTEE);
    const signature = this.sign(validatorIndex, computeSigningRoot(ssz.Root, beaconBlockRoot, domain));
    return {slot, beaconBlockRoot, validatorIndex, signature};
  }

  /** The members of the subcommittee, one after another as they sit. */
  subcommittee(slot: Slot, subcommitteeIndex: number): number[] {
    const start = subcommitteeIndex * SYNC_COMMITTEE_SUBNET_SIZE;
    return this.#syncCommittee(slot).slice(start, start + SYNC_COMMITTEE_SUBNET_SIZE);
  }

  /** Of each subcommittee with messages one contribution, by its first member. */
  contributions(slot: Slot, root: Root = this.chain.head.root): altair.SignedContributionAndProof[] {
    return [0, 1, 2, 3].flatMap((subcommittee) => {
      const contribution = this.chain.syncContribution(slot, subcommittee, root);
      const [aggregator] = this.subcommittee(slot, subcommittee);
      return contribution === null || aggregator === undefined ? [] : [this.contribution(contribution, aggregator)];
    });
  }

  contribution(
    contribution: altair.SyncCommitteeContribution,
    aggregatorIndex: number,
  ): altair.SignedContributionAndProof {
    const {slot, subcommitteeIndex} = contribution;
    const domain = this.chain.config.getDomain(slot, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF);
    const selectionRoot = computeSigningRoot(ssz.altair.SyncAggregatorSelectionData, {slot, subcommitteeIndex}, domain);
    return this.outer({aggregatorIndex, contribution, selectionProof: this.sign(aggregatorIndex, selectionRoot)});
  }

  /** Signs a contribution as it is, so that only what was changed in it is wrong. */
  outer(message: altair.ContributionAndProof): altair.SignedContributionAndProof {
    const domain = this.chain.config.getDomain(message.contribution.slot, DOMAIN_CONTRIBUTION_AND_PROOF);
    const signingRoot = computeSigningRoot(ssz.altair.ContributionAndProof, message, domain);
    return {message, signature: this.sign(message.aggregatorIndex, signingRoot)};
  }

  /** Each member of the payload committee once. Empty when there is nothing to vote on. */
  payloadAttestations(slot: Slot): gloas.PayloadAttestationMessage[] {
    const data = this.chain.payloadAttestationData(slot);
    return data === null ? [] : this.payloadCommittee(slot).map((index) => this.payloadAttestation(index, data));
  }

  payloadCommittee(slot: Slot): number[] {
    const {head} = this.chain;
    const state = this.chain.stateAt(head.root, slot) ?? head.state;
    return [...new Set(state.epochCtx.getPayloadTimelinessCommittee(slot))];
  }

  payloadAttestation(validatorIndex: number, data: gloas.PayloadAttestationData): gloas.PayloadAttestationMessage {
    const signingRoot = getPayloadAttestationDataSigningRoot(this.chain.config, data);
    return {validatorIndex, data, signature: this.sign(validatorIndex, signingRoot)};
  }

  registration(index: number, timestamp = 1): bellatrix.SignedValidatorRegistrationV1 {
    const message = {
      feeRecipient: hexToBytes(TEST_FEE_RECIPIENT),
      gasLimit: TEST_GAS_LIMIT,
      timestamp,
      pubkey: this.keys[index]?.publicKey ?? new Uint8Array(48),
    };
    const {GENESIS_FORK_VERSION} = this.chain.config;
    const domain = computeDomain(DOMAIN_APPLICATION_BUILDER, GENESIS_FORK_VERSION, new Uint8Array(32));
    const signingRoot = computeSigningRoot(ssz.bellatrix.ValidatorRegistrationV1, message, domain);
    return {message, signature: this.sign(index, signingRoot)};
  }

  /** @param proposer who says it proposes in `slot` */
  preferences(
    slot: Slot,
    proposer: number,
    feeRecipient: string = TEST_FEE_RECIPIENT,
  ): gloas.SignedProposerPreferences {
    const epoch = computeEpochAtSlot(slot);
    const message = {
      dependentRoot: hexToBytes(this.chain.dependentRoot(epoch as never) ?? ""),
      proposalSlot: slot,
      validatorIndex: proposer,
      feeRecipient: hexToBytes(feeRecipient),
      targetGasLimit: BigInt(TEST_GAS_LIMIT),
    };
    return {message, signature: this.sign(proposer, getProposerPreferencesSigningRoot(this.chain.config, message))};
  }

  exit(validatorIndex: number, epoch: number): phase0.SignedVoluntaryExit {
    const message = {epoch, validatorIndex};
    const slot = this.chain.currentSlot;
    const domain = this.chain.config.getDomainForVoluntaryExit(slot, computeStartSlotAtEpoch(epoch));
    const signingRoot = computeSigningRoot(ssz.phase0.VoluntaryExit, message, domain);
    return {message, signature: this.sign(validatorIndex, signingRoot)};
  }

  /** Two headers of one slot. */
  proposerSlashing(proposerIndex: number, slot: Slot): phase0.ProposerSlashing {
    const header = (body: number) => {
      const message = {
        ...ssz.phase0.BeaconBlockHeaderBigint.defaultValue(),
        slot: BigInt(slot),
        proposerIndex,
        bodyRoot: new Uint8Array(32).fill(body),
      };
      const domain = this.chain.config.getDomain(slot, DOMAIN_BEACON_PROPOSER);
      const signingRoot = computeSigningRoot(ssz.phase0.BeaconBlockHeaderBigint, message, domain);
      return {message, signature: this.sign(proposerIndex, signingRoot)};
    };
    return {signedHeader1: header(1), signedHeader2: header(2)};
  }

  sign(index: number, signingRoot: Uint8Array): Uint8Array {
    const key = this.keys[index];
    if (key === undefined) throw new RangeError(`no key ${index}`);
    return key.secretKey.sign(signingRoot).toBytes();
  }

  #syncCommittee(slot: Slot): number[] {
    const {head} = this.chain;
    const state = this.chain.stateAt(head.root, slot) ?? head.state;
    return Array.from(state.epochCtx.getIndexedSyncCommittee(slot).validatorIndices);
  }

  #signBlock({slot, proposerIndex}: {slot: number; proposerIndex: number}, root: Uint8Array): Uint8Array {
    const domain = this.chain.config.getDomain(slot, DOMAIN_BEACON_PROPOSER);
    return this.sign(proposerIndex, computeSigningRoot(ssz.Root, root, domain));
  }
}

/** Several signatures in one. */
export const joined = (signatures: readonly Uint8Array[]): Uint8Array =>
  aggregateSignatures(signatures.map((bytes) => Signature.fromBytes(bytes))).toBytes();

/** A signature of the right length and shape that is nobody's for this message. */
export function broken(signature: Uint8Array): Uint8Array {
  return joined([signature, signature]);
}

export const rootOf = (bytes: Uint8Array): Root => rootToHex(bytes);
