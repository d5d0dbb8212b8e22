import type {BeaconConfig} from "@lodestar/config";
import {BUILDER_INDEX_SELF_BUILD} from "@lodestar/params";
import {
  beaconBlockToBlinded,
  type CachedBeaconStateGloas,
  computeEpochAtSlot,
  computeStartSlotAtEpoch,
  G2_POINT_AT_INFINITY,
  getRandaoRevealSignatureSet,
} from "@lodestar/state-transition";
import {type BeaconBlock, type electra, type gloas, type SignedBeaconBlock, ssz} from "@lodestar/types";
import {type ExecutionAddress, hexToBytes, type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {BUILDER_VALUE_WEI, type Builder, bidFor} from "./builder.ts";
import type {ChainCore} from "./chain-core.ts";
import type {HeadNode} from "./fork-choice.ts";
import type {OpPool} from "./op-pool.ts";
import type {PayloadAttestations} from "./payload-attestations.ts";
import {
  buildFuluPayload,
  buildGloasPayload,
  isGloasSlot,
  type PayloadPlace,
  parentRequests,
} from "./payload-building.ts";
import {type ProposerSettings, preferredAddress} from "./proposer-settings.ts";
import {messageKey} from "./seen-messages.ts";
import {verifyOne} from "./signature-batches.ts";
import {applyUnverified} from "./state-store.ts";
import type {SyncPool} from "./sync-committee/sync-pool.ts";
import type {BlockRequest, ChainBlock, Refusal, UnsignedBlock} from "./types.ts";
import {type PackedVotes, packVotes} from "./vote-packing.ts";
import type {VotePool} from "./vote-pool.ts";

const GAS_LIMIT = 60_000_000;
/** Of whoever said nothing about it. */
const DEFAULT_FEE_RECIPIENT = `0x${"bb".repeat(20)}` as ExecutionAddress;
/** What a payload of one's own is said to bring: half of what the builder pays. */
const OWN_VALUE_WEI = BUILDER_VALUE_WEI / 2n;
const DEFAULT_BOOST_PERCENT = 100n;
const GWEI = 10n ** 9n;
const UNSIGNED = new Uint8Array(96);

export interface PackingShare {
  readonly votes: number;
  /** Of these, votes for which no aggregate had come. */
  readonly singleVotes: number;
}

export interface BlockProductionComponents {
  readonly core: ChainCore;
  readonly votes: VotePool;
  readonly syncMessages: SyncPool;
  readonly payloadAttestations: PayloadAttestations;
  readonly operations: OpPool;
  readonly settings: ProposerSettings;
  readonly builder: Builder | null;
}

/** A payload and the body's part that stands for it. */
interface PayloadPart {
  readonly body: Partial<electra.BeaconBlockBody> | Partial<gloas.BeaconBlockBody>;
  readonly byBuilder: boolean;
  /** Gloas, for a payload of the proposer's own. */
  readonly own: {readonly payload: gloas.ExecutionPayload; readonly requests: gloas.ExecutionRequests} | null;
}

/** Makes blocks for proposers to sign. phase0, altair, electra and gloas validator.md */
export class BlockProduction {
  readonly #config: BeaconConfig;
  readonly #components: BlockProductionComponents;
  /** Of blocks that nobody has signed so far, by root. */
  readonly #shares = new Map<Root, {readonly slot: Slot; readonly share: PackingShare}>();
  /** The newest: all beacon nodes of a client are asked for the same one within moments. */
  #sealed: {readonly key: string; readonly block: UnsignedBlock} | null = null;
  #packing: PackingShare = {votes: 0, singleVotes: 0};

  constructor(components: BlockProductionComponents) {
    this.#config = components.core.config;
    this.#components = components;
  }

  /** What the blocks that were shown carried when they were new. */
  get packing(): PackingShare {
    return this.#packing;
  }

  /** Advances the state that a block in `slot` on `parentRoot` starts from, epoch transition included. */
  prepare(slot: Slot, parentRoot: Root): void {
    this.#components.core.stateOrThrow(parentRoot, slot);
  }

  produce(slot: Slot, parentNode: HeadNode, request: BlockRequest): UnsignedBlock | Refusal {
    const {core} = this.#components;
    const parent = core.blockOrThrow(parentNode.root);
    if (slot <= parent.slot) return {refused: `slot ${slot} is not after that of the head, ${parent.slot}`};
    const preState = core.stateOrThrow(parent.root, slot);
    const proposerIndex = preState.epochCtx.getBeaconProposer(slot) as ValidatorIndex;
    if (preState.validators.getReadonly(proposerIndex).slashed) {
      return {refused: `validator ${proposerIndex}, the proposer of slot ${slot}, is slashed`};
    }
    const parentPayload = core.forkChoice.shouldBuildOnFull(parentNode, slot) ? "full" : "empty";
    const place: PayloadPlace = {config: this.#config, slot, parent, parentPayload, preState};
    const packed = this.#packVotes(place);
    const part = this.#payloadPart(place, proposerIndex, request);
    const unsealed = {
      slot,
      proposerIndex,
      parentRoot: hexToBytes(parent.root),
      stateRoot: new Uint8Array(32),
      body: {...this.#commonBody(place, request, packed), ...part.body},
    } as BeaconBlock;
    const key = this.#contentKey(unsealed, part, request);
    const known = this.#sealed?.key === key ? this.#sealed.block : null;
    if (known === null && request.skipRandaoVerification !== true && !this.#isRandaoValid(unsealed)) {
      return {refused: "randao reveal is not valid"};
    }
    const produced = known ?? this.#seal(unsealed, place, part);
    this.#sealed = {key, block: produced};
    this.#remember(produced, packed);
    return produced;
  }

  /** The block was shown: its votes count. */
  shown(root: Root): void {
    const share = this.#shares.get(root)?.share;
    this.#shares.delete(root);
    if (share === undefined) return;
    const {votes, singleVotes} = this.#packing;
    this.#packing = {votes: votes + share.votes, singleVotes: singleVotes + share.singleVotes};
  }

  #commonBody({slot, preState, parent}: PayloadPlace, request: BlockRequest, packed: PackedVotes) {
    const {syncMessages, operations} = this.#components;
    return {
      ...this.#config.getForkTypes(slot).BeaconBlockBody.defaultValue(),
      randaoReveal: request.randaoReveal,
      eth1Data: preState.eth1Data.toValue(),
      graffiti: request.graffiti,
      attestations: [...packed.attestations],
      syncAggregate: syncMessages.aggregate((slot - 1) as Slot, parent.root),
      ...operations.pack(preState),
    };
  }

  #payloadPart(place: PayloadPlace, proposer: ValidatorIndex, request: BlockRequest): PayloadPart {
    const {settings, builder} = this.#components;
    const isGloas = isGloasSlot(this.#config, place.slot);
    const preferences = isGloas ? settings.preferences(place.slot, place.parent.root) : null;
    const boost = request.builderBoostFactor ?? DEFAULT_BOOST_PERCENT;
    const wantsBuilder = (BUILDER_VALUE_WEI * boost) / 100n > OWN_VALUE_WEI;
    const feeRecipient =
      request.feeRecipient ?? preferredAddress(preferences) ?? settings.feeRecipient(proposer) ?? DEFAULT_FEE_RECIPIENT;
    if (isGloas) {
      const signedBid = wantsBuilder && preferences !== null ? builder?.bid(place, preferences) : null;
      const gasLimit = preferences === null ? GAS_LIMIT : Number(preferences.targetGasLimit);
      return signedBid == null
        ? this.#selfBuilt(place, {feeRecipient, gasLimit})
        : {body: this.#gloasBody(place, signedBid), byBuilder: true, own: null};
    }
    const registration = settings.registration(proposer);
    const byBuilder = wantsBuilder && registration !== null && builder !== null;
    const executionPayload = byBuilder
      ? builder.offer(place, registration.gasLimit)
      : buildFuluPayload(place, {feeRecipient, gasLimit: GAS_LIMIT});
    return {body: {executionPayload}, byBuilder, own: null};
  }

  #selfBuilt(place: PayloadPlace, wish: {feeRecipient: ExecutionAddress; gasLimit: number}): PayloadPart {
    const payload = buildGloasPayload(place, wish);
    const requests = ssz.gloas.ExecutionRequests.defaultValue();
    // A deposit that is on its way already would only be a top-up.
    const isOnItsWay = parentRequests(place).builderDeposits.length > 0;
    const deposit = isOnItsWay
      ? null
      : this.#components.builder?.registration(place.preState as CachedBeaconStateGloas);
    if (deposit != null) requests.builderDeposits.push(deposit);
    const message = {...bidFor(payload, place, requests), builderIndex: BUILDER_INDEX_SELF_BUILD};
    const signedBid = {message, signature: G2_POINT_AT_INFINITY};
    return {body: this.#gloasBody(place, signedBid), byBuilder: false, own: {payload, requests}};
  }

  #gloasBody(place: PayloadPlace, signedExecutionPayloadBid: gloas.SignedExecutionPayloadBid) {
    return {
      signedExecutionPayloadBid,
      parentExecutionRequests: parentRequests(place),
      payloadAttestations: this.#components.payloadAttestations.pack(place.slot, place.parent),
    };
  }

  /** Blocks of one key are the same in every byte, and so is what is said about them. */
  #contentKey(unsealed: BeaconBlock, {byBuilder}: PayloadPart, {skipRandaoVerification}: BlockRequest): string {
    const bytes = this.#config.getForkTypes(unsealed.slot).BeaconBlock.serialize(unsealed as never);
    return `${messageKey(bytes)}:${byBuilder}:${skipRandaoVerification === true}`;
  }

  /** Gives the block its state root, and the proposer what is to be said about it. */
  #seal(unsealed: BeaconBlock, {slot, preState}: PayloadPlace, {byBuilder, own}: PayloadPart): UnsignedBlock {
    const postState = applyUnverified(preState, {message: unsealed, signature: UNSIGNED} as SignedBeaconBlock);
    const block = {...unsealed, stateRoot: postState.hashTreeRoot()} as electra.BeaconBlock | gloas.BeaconBlock;
    const root = this.#config.getForkTypes(slot).BeaconBlock.hashTreeRoot(block as never);
    const {attestations, syncAggregate, slashing} = postState.proposerRewards;
    const isBlinded = byBuilder && !isGloasSlot(this.#config, slot);
    return {
      slot,
      root: rootToHex(root),
      block,
      blinded: isBlinded ? (beaconBlockToBlinded(this.#config, block as never) as electra.BlindedBeaconBlock) : null,
      envelope: own === null ? null : envelopeOf(root, block, own),
      consensusValueWei: BigInt(attestations + syncAggregate + slashing) * GWEI,
      executionValueWei: byBuilder ? BUILDER_VALUE_WEI : OWN_VALUE_WEI,
    };
  }

  #isRandaoValid(block: BeaconBlock): boolean {
    const {signingRoot, signature} = getRandaoRevealSignatureSet(this.#config, block);
    const publicKeys = [this.#components.core.pubkeyCache.getOrThrow(block.proposerIndex)];
    return verifyOne({message: signingRoot, publicKeys, signature});
  }

  #packVotes({slot, parent, preState}: PayloadPlace): PackedVotes {
    const included = this.#includedBy(parent, computeEpochAtSlot(slot) - 1);
    return packVotes({
      votes: this.#components.votes.entries(),
      state: preState,
      isIncluded: (epoch, index) => included.get(epoch)?.has(index) ?? false,
    });
  }

  /** Who has a vote for which target epoch on the branch that ends with `parent`, from `oldest` on. */
  #includedBy(parent: ChainBlock, oldest: number): Map<number, Set<number>> {
    const {blocks} = this.#components.core;
    const included = new Map<number, Set<number>>();
    const oldestSlot = computeStartSlotAtEpoch(Math.max(0, oldest));
    for (const block of blocks.chain(parent.root)) {
      if (block.slot < oldestSlot) break;
      for (const {data, validators} of blocks.votes(block.root)) {
        const voters = included.get(data.target.epoch) ?? new Set<number>();
        included.set(data.target.epoch, voters);
        for (const index of validators) voters.add(index);
      }
    }
    return included;
  }

  #remember({root, slot}: UnsignedBlock, {freshVotes, freshSingleVotes}: PackedVotes): void {
    for (const [other, known] of this.#shares) if (known.slot < slot - 1) this.#shares.delete(other);
    this.#shares.set(root, {slot, share: {votes: freshVotes, singleVotes: freshSingleVotes}});
  }
}

function envelopeOf(
  root: Uint8Array,
  block: BeaconBlock,
  {payload, requests}: {readonly payload: gloas.ExecutionPayload; readonly requests: gloas.ExecutionRequests},
): gloas.ExecutionPayloadEnvelope {
  return {
    payload,
    executionRequests: requests,
    builderIndex: BUILDER_INDEX_SELF_BUILD,
    beaconBlockRoot: root,
    parentBeaconBlockRoot: block.parentRoot,
  };
}
