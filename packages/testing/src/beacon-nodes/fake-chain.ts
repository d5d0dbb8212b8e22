import {ssz} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type ChainData,
  type Epoch,
  hexToBytes,
  type PayloadAttestationDataOutcome,
  type Root,
  type SelfBuiltPayload,
  type Signature,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {FAKE_SYNC_COMMITTEE_SIZE, type FakeRequest, fakeRoot, fakeSignature} from "./fake-answers.ts";
import {
  type FakeBlockParts,
  type FakeBlockRequest,
  type FakeProposal,
  fakeBidBlock,
  fakeFullBlock,
} from "./fake-blocks.ts";

type Contribution = Awaited<ReturnType<ChainData["syncCommitteeContribution"]>>;
type PayloadAttestationData = Extract<PayloadAttestationDataOutcome, {kind: "data"}>["data"];

/** What a fake beacon node says. Tests change it as they go. */
export interface FakeChain {
  version: string;
  /** Null before the chain's genesis is known. */
  genesis: {genesisTimeSec: number; genesisValidatorsRoot: Root; genesisForkVersion: string} | null;
  spec: Record<string, unknown>;
  slotsPerEpoch: number;
  /** First slot of Gloas; before it all is Fulu. */
  gloasSlot: number;
  syncing: {headSlot: number; syncDistance: number; isSyncing: boolean; isOptimistic: boolean; elOffline: boolean};
  /** `execution_optimistic` of all answers that have it. */
  executionOptimistic: boolean;
  validatorCount: number;
  dependentRoot: Root;
  /** Of the proposer duties' first version. */
  dependentRootV1: Root;
  proposerIndexAt: (slot: Slot) => ValidatorIndex;
  /** Validators whose votes the node has seen, by epoch. */
  live: Map<Epoch, Set<ValidatorIndex>>;
  headRoot: Root;
  /** Data for the slot asked for. */
  attestationData: (slot: Slot) => AttestationData;
  /** The pool's aggregate; null answers 404. */
  aggregate: (slot: Slot, committeeIndex: number) => Attestation | null;
  blockParts: FakeBlockParts;
  /** A block for whoever asks for one. */
  proposal: (request: FakeBlockRequest) => FakeProposal;
  /** Answers one request for a block and keeps its payload. */
  propose: (request: FakeRequest) => FakeProposal;
  /** Of the block that was produced last. */
  keptPayload: SelfBuiltPayload | null;
  /** The pool's contribution; null answers 404. */
  contribution: (slot: Slot, subcommitteeIndex: number, beaconBlockRoot: Root) => Contribution | null;
  /** Null answers 204: no block of the slot was seen. */
  payloadAttestationData: (slot: Slot) => PayloadAttestationData | null;
  /** By block root. */
  blocks: Map<Root, {slot: Slot; parentRoot: Root; attestations: Attestation[]}>;
  /** What is wrong with the n-th item published; null takes it. */
  judge: (index: number) => string | null;
}

export function fakeChain(): FakeChain {
  const chain: FakeChain = {
    version: "Fake/v1",
    genesis: {genesisTimeSec: 1_000, genesisValidatorsRoot: fakeRoot(0x67), genesisForkVersion: "0x00000001"},
    spec: {PRESET_BASE: "minimal", SLOTS_PER_EPOCH: "8", BLOB_SCHEDULE: [{EPOCH: "0", MAX_BLOBS_PER_BLOCK: "9"}]},
    slotsPerEpoch: 8,
    gloasSlot: 800,
    syncing: {headSlot: 20, syncDistance: 0, isSyncing: false, isOptimistic: false, elOffline: false},
    executionOptimistic: false,
    validatorCount: 64,
    dependentRoot: fakeRoot(0xd0),
    dependentRootV1: fakeRoot(0xd1),
    proposerIndexAt: (slot) => (slot % chain.validatorCount) as ValidatorIndex,
    live: new Map(),
    headRoot: fakeRoot(0xbb),
    attestationData: (slot) => {
      const epoch = Math.floor(slot / chain.slotsPerEpoch);
      return {
        slot,
        index: 0,
        beaconBlockRoot: chain.headRoot,
        source: {epoch: Math.max(0, epoch - 1) as Epoch, root: fakeRoot(0x50)},
        target: {epoch: epoch as Epoch, root: fakeRoot(0x70)},
      };
    },
    aggregate: (slot, committeeIndex) => ({
      aggregationBits: {bits: Uint8Array.of(0b0000_0101), length: 4},
      committeeBits: {bits: Uint8Array.of(1 << committeeIndex), length: 4},
      data: chain.attestationData(slot),
      signature: fakeSignature(0xa5),
    }),
    blockParts: {parentRoot: fakeRoot(0xbb), feeRecipient: `0x${"fe".repeat(20)}`, blobCount: 1},
    proposal: (request) => ({
      produced:
        request.slot < chain.gloasSlot
          ? fakeFullBlock(request, chain.blockParts)
          : fakeBidBlock(request, chain.blockParts, true),
      consensusValueWei: 1_000n,
      executionValueWei: 2_000n,
      isPayloadIncluded: true,
    }),
    propose: ({params, query}) => {
      const slot = Number(params[0]) as Slot;
      const randaoReveal = hexToBytes(query.get("randao_reveal") ?? "0x") as Signature;
      const proposal = chain.proposal({slot, proposerIndex: chain.proposerIndexAt(slot), randaoReveal});
      chain.keptPayload = proposal.produced.kind === "bid" ? proposal.produced.payload : null;
      return proposal;
    },
    keptPayload: null,
    contribution: (slot, subcommitteeIndex, beaconBlockRoot) => {
      const type = ssz.altair.SyncCommitteeContribution;
      const contribution = type.defaultValue();
      // Its first seat and its last have voted.
      contribution.aggregationBits.set(0, true);
      contribution.aggregationBits.set(FAKE_SYNC_COMMITTEE_SIZE / 4 - 1, true);
      return {
        ...contribution,
        slot,
        subcommitteeIndex,
        beaconBlockRoot: hexToBytes(beaconBlockRoot),
        signature: fakeSignature(0xc5),
      };
    },
    payloadAttestationData: (slot) => ({
      beaconBlockRoot: hexToBytes(chain.headRoot),
      slot,
      payloadPresent: true,
      blobDataAvailable: true,
    }),
    blocks: new Map(),
    judge: () => null,
  };
  return chain;
}
