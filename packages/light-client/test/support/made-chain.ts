import {type Node, Tree} from "@chainsafe/persistent-merkle-tree";
import {BitArray} from "@chainsafe/ssz";
import {createChainConfig} from "@lodestar/config";
import {
  EPOCHS_PER_SYNC_COMMITTEE_PERIOD,
  type ForkName,
  ForkSeq,
  SLOTS_PER_EPOCH,
  SYNC_COMMITTEE_SIZE,
} from "@lodestar/params";
import {
  type gloas,
  type LightClientBootstrap,
  type LightClientFinalityUpdate,
  type LightClientHeader,
  type LightClientOptimisticUpdate,
  type LightClientUpdate,
  type phase0,
  type SSZTypesFor,
  ssz,
} from "@lodestar/types";
import {createNetworkConfig, type NetworkConfig, syncCommitteeMessageSigningRoot} from "@mote/consensus";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import {
  currentSyncCommitteeGindex,
  executionBlockHashGindex,
  finalizedRootGindex,
  nextSyncCommitteeGindex,
} from "../../src/rules/generalized-indices.ts";
import {normalizeMerkleBranch} from "../../src/rules/merkle-branch.ts";
import {CommitteeKeys} from "./committee-keys.ts";

export const SLOTS_PER_PERIOD = EPOCHS_PER_SYNC_COMMITTEE_PERIOD * SLOTS_PER_EPOCH;
export const GENESIS_TIME_SEC = 1_700_000_000;
const GENESIS_VALIDATORS_ROOT = `0x${"47".repeat(32)}` as Root;

/** Everything up to Fulu from genesis on. */
export const madeConfig = (gloasEpoch: number, genesisValidatorsRoot = GENESIS_VALIDATORS_ROOT): NetworkConfig =>
  createNetworkConfig(
    createChainConfig({
      ALTAIR_FORK_EPOCH: 0,
      BELLATRIX_FORK_EPOCH: 0,
      CAPELLA_FORK_EPOCH: 0,
      DENEB_FORK_EPOCH: 0,
      ELECTRA_FORK_EPOCH: 0,
      FULU_FORK_EPOCH: 0,
      GLOAS_FORK_EPOCH: gloasEpoch,
    }),
    genesisValidatorsRoot,
  );

export interface MadeChainInit {
  readonly config: NetworkConfig;
  /** Chains of other salts have other blocks, and the same committees. */
  readonly salt?: number;
  /** What the state at a slot calls finalized, when it is not the epoch two before. */
  readonly finalizedAt?: (slot: number) => number;
}

export interface UpdateInit {
  readonly attestedSlot: number;
  readonly signatureSlot?: number;
  /** Seats that sign, from the first one on. */
  readonly signed?: number;
  /** Null: the update says nothing of finality. */
  readonly finalizedSlot?: number | null;
  readonly hasCommittee?: boolean;
  /** Who signs, when it is not the committee of the signature slot. */
  readonly keys?: CommitteeKeys;
  /** The slot that the signing domain is taken from. */
  readonly domainSlot?: number;
}

interface MadeBlock {
  readonly beacon: gloas.LightClientHeader["beacon"];
  readonly body: Node;
  readonly state: Node;
}

const committees = new Map<number, CommitteeKeys>();

/** Of one period; the same for all chains of a test run, since keys take long to make. */
export function committeeOf(period: number): CommitteeKeys {
  const keys = committees.get(period) ?? new CommitteeKeys(period + 1);
  committees.set(period, keys);
  return keys;
}

export const periodOf = (slot: number): number => Math.floor(slot / SLOTS_PER_PERIOD);

/** A block at every slot, finality two epochs behind if not told otherwise; blocks and states have nothing in them but what a light client is shown. */
export class MadeChain {
  readonly config: NetworkConfig;
  readonly #salt: number;
  readonly #finalizedAt: (slot: number) => number;
  readonly #blocks = new Map<string, MadeBlock>();

  constructor({config, salt = 0, finalizedAt = finalizedSlotAt}: MadeChainInit) {
    this.config = config;
    this.#salt = salt;
    this.#finalizedAt = finalizedAt;
  }

  root(slot: number): Root {
    return rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(this.#block(slot).beacon));
  }

  /** @param formSlot whose fork gives the form on the wire */
  header(slot: number, formSlot = slot): LightClientHeader {
    const {beacon, body} = this.#block(slot);
    const fork = this.config.getForkSeq(slot);
    const gindex = executionBlockHashGindex(this.config, slot) as number;
    const blockHash = blockHashOf(slot);
    if (this.config.getForkSeq(formSlot) >= ForkSeq.gloas) {
      const branch = proof(body, gindex);
      return {
        beacon,
        executionBlockHash: blockHash,
        executionBranch: normalizeMerkleBranch(branch, 2 ** EXECUTION_BRANCH_LENGTH),
      };
    }
    if (fork >= ForkSeq.gloas) throw new Error("no header is of a later fork than its update");
    return {beacon, execution: executionHeader(slot), executionBranch: proof(body, EXECUTION_PAYLOAD_GINDEX)};
  }

  bootstrap(slot: number): LightClientBootstrap {
    return {
      header: this.header(slot),
      currentSyncCommittee: committeeOf(periodOf(slot)).committee,
      currentSyncCommitteeBranch: proof(this.#block(slot).state, currentSyncCommitteeGindex(this.config, slot)),
    } as LightClientBootstrap;
  }

  update(init: UpdateInit): LightClientUpdate {
    const {attestedSlot, hasCommittee = true} = init;
    const {state} = this.#block(attestedSlot, init.finalizedSlot ?? undefined);
    const branch = proof(state, nextSyncCommitteeGindex(this.config, attestedSlot));
    const next = committeeOf(periodOf(attestedSlot) + 1).committee;
    return {
      ...this.finalityUpdate(init),
      nextSyncCommittee: hasCommittee ? next : ssz.altair.SyncCommittee.defaultValue(),
      nextSyncCommitteeBranch: hasCommittee ? branch : branch.map(() => new Uint8Array(32)),
    } as LightClientUpdate;
  }

  finalityUpdate(init: UpdateInit): LightClientFinalityUpdate {
    const {attestedSlot, finalizedSlot = this.#finalizedAt(attestedSlot)} = init;
    const {state} = this.#block(attestedSlot, finalizedSlot ?? undefined);
    const branch = proof(state, finalizedRootGindex(this.config, attestedSlot));
    const isShown = finalizedSlot !== null;
    const isGloas = this.config.getForkSeq(attestedSlot) >= ForkSeq.gloas;
    const empty = isGloas ? ssz.gloas.LightClientHeader.defaultValue() : ssz.deneb.LightClientHeader.defaultValue();
    return {
      ...this.optimisticUpdate(init),
      finalizedHeader: isShown && finalizedSlot > 0 ? this.header(finalizedSlot, attestedSlot) : empty,
      finalityBranch: isShown ? branch : branch.map(() => new Uint8Array(32)),
    } as LightClientFinalityUpdate;
  }

  optimisticUpdate(init: UpdateInit): LightClientOptimisticUpdate {
    const {attestedSlot, signatureSlot = attestedSlot + 1, signed = SYNC_COMMITTEE_SIZE} = init;
    const {beacon} = this.#block(attestedSlot, init.finalizedSlot ?? undefined);
    const seats = Array.from({length: signed}, (_, seat) => seat);
    const keys = init.keys ?? committeeOf(periodOf(signatureSlot));
    const root = rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon));
    const signingRoot = syncCommitteeMessageSigningRoot(
      this.config,
      (init.domainSlot ?? signatureSlot - 1) as Slot,
      root,
    );
    return {
      attestedHeader: {...this.header(attestedSlot), beacon},
      syncAggregate: {
        syncCommitteeBits: BitArray.fromBoolArray(
          Array.from({length: SYNC_COMMITTEE_SIZE}, (_, seat) => seat < signed),
        ),
        syncCommitteeSignature: keys.sign(signingRoot, seats),
      },
      signatureSlot,
    } as LightClientOptimisticUpdate;
  }

  /** @param finalizedSlot what its state calls finalized, when it is not what it should */
  #block(slot: number, finalizedSlot = this.#finalizedAt(slot)): MadeBlock {
    const key = `${slot}/${finalizedSlot}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const isGloas = this.config.getForkSeq(slot) >= ForkSeq.gloas;
    const state = isGloas ? gloasState(slot) : fuluState(slot);
    state.finalizedCheckpoint = {
      epoch: Math.floor(finalizedSlot / SLOTS_PER_EPOCH),
      root: finalizedSlot === 0 ? new Uint8Array(32) : hexToBytes(this.root(finalizedSlot)),
    };
    const stateNode = isGloas
      ? ssz.gloas.BeaconState.toView(state as gloas.BeaconState).node
      : ssz.fulu.BeaconState.toView(state as never).node;
    const body = isGloas ? gloasBody(slot, this.#salt) : fuluBody(slot, this.#salt);
    const block: MadeBlock = {
      beacon: {
        slot,
        proposerIndex: slot % 64,
        // Made up: a real one would take all blocks before it to be made.
        parentRoot: Buffer.alloc(32, slot),
        stateRoot: stateNode.root,
        bodyRoot: body.root,
      },
      body,
      state: stateNode,
    };
    this.#blocks.set(key, block);
    return block;
  }
}

/** Without the roots that the SSZ library has kept on it. */
export function copyOf(config: NetworkConfig, update: LightClientUpdate): LightClientUpdate {
  const {LightClientUpdate: type} = lightClientTypes(config, update.attestedHeader.beacon.slot);
  return type.deserialize(type.serialize(update as never));
}

/** Those of other forks have the same shape where tests look. */
export const lightClientTypes = (config: NetworkConfig, slot: number): SSZTypesFor<ForkName.fulu> =>
  config.getForkTypes<ForkName.fulu>(slot);

/** The header as if it were of another slot. A spread would take along the root that SSZ keeps in a value once it was hashed. */
export function headerAt<Header extends {readonly beacon: phase0.BeaconBlockHeader}>(
  header: Header,
  slot: number,
): Header {
  const {proposerIndex, parentRoot, stateRoot, bodyRoot} = header.beacon;
  return {...header, beacon: {slot, proposerIndex, parentRoot, stateRoot, bodyRoot}};
}

export function flip(bytes: Uint8Array | undefined, at: number): void {
  (bytes as Uint8Array)[at] = (bytes as Uint8Array)[at]! ^ 1;
}

/** The first slot of the epoch two before; 0 while nothing is finalized. */
export const finalizedSlotAt = (slot: number): number =>
  Math.max(0, (Math.floor(slot / SLOTS_PER_EPOCH) - 2) * SLOTS_PER_EPOCH);

const EXECUTION_PAYLOAD_GINDEX = Number(ssz.fulu.BeaconBlockBody.getPathInfo(["executionPayload"]).gindex);
const EXECUTION_BRANCH_LENGTH = ssz.gloas.LightClientHeader.fields.executionBranch.length;

const proof = (node: Node, gindex: number): Uint8Array[] => new Tree(node).getSingleProof(BigInt(gindex));

const blockHashOf = (slot: number): Uint8Array => Buffer.alloc(32, (slot % 250) + 1);

function fuluState(slot: number) {
  return withCommittees(ssz.fulu.BeaconState.defaultValue(), slot);
}

function gloasState(slot: number) {
  return withCommittees(ssz.gloas.BeaconState.defaultValue(), slot);
}

function withCommittees<State extends Pick<gloas.BeaconState, "slot" | "currentSyncCommittee" | "nextSyncCommittee">>(
  state: State,
  slot: number,
): State {
  state.slot = slot;
  state.currentSyncCommittee = committeeOf(periodOf(slot)).committee;
  state.nextSyncCommittee = committeeOf(periodOf(slot) + 1).committee;
  return state;
}

function payload(slot: number) {
  return {...ssz.deneb.ExecutionPayload.defaultValue(), blockHash: blockHashOf(slot), blockNumber: slot};
}

function executionHeader(slot: number) {
  return {
    ...payload(slot),
    transactionsRoot: ssz.bellatrix.Transactions.hashTreeRoot([]),
    withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot([]),
  };
}

function fuluBody(slot: number, salt: number): Node {
  const body = ssz.fulu.BeaconBlockBody.defaultValue();
  body.graffiti = Buffer.alloc(32, salt);
  body.executionPayload = payload(slot);
  return ssz.fulu.BeaconBlockBody.toView(body).node;
}

function gloasBody(slot: number, salt: number): Node {
  const body = ssz.gloas.BeaconBlockBody.defaultValue();
  body.graffiti = Buffer.alloc(32, salt);
  body.signedExecutionPayloadBid.message.parentBlockHash = blockHashOf(slot);
  return ssz.gloas.BeaconBlockBody.toView(body).node;
}
