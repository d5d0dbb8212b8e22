import {type Node, Tree} from "@chainsafe/persistent-merkle-tree";
import {BitArray} from "@chainsafe/ssz";
import type {fulu, LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate} from "@lodestar/types";
import {
  blockRootSigningRoot,
  chainConfigFromSpec,
  createNetworkConfig,
  type NetworkConfig,
  ssz,
  syncCommitteeMessageSigningRoot,
} from "@mote/consensus";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import {
  currentSyncCommitteeGindex,
  finalizedRootGindex,
  nextSyncCommitteeGindex,
} from "../../../packages/light-client/src/rules/generalized-indices.ts";
import {CommitteeKeys} from "../../../packages/light-client/test/support/committee-keys.ts";
import {
  BenchChain,
  COMMITTEE_LENGTH,
  COMMITTEES_PER_SLOT,
  FOREIGN_INDEX,
  SLOTS_PER_EPOCH,
} from "../chain/bench-chain.ts";
import type {BenchChainInit} from "../chain/chain-init.ts";
import {blockBody, payloadHeader} from "./signed-block.ts";

/** Beyond the members of all committees of an epoch. */
export const SYNC_MEMBERS_FROM = 2_000_000;
const FOREIGN_MEMBERS_FROM = 10_000;
const PAYLOAD_GINDEX = Number(ssz.fulu.BeaconBlockBody.getPathInfo(["executionPayload"]).gindex);

type Header = LightClientBootstrap["header"];

interface ChainBlock {
  readonly root: Root;
  readonly signed: fulu.SignedBeaconBlock;
  readonly header: Header;
  readonly currentBranch: Uint8Array[];
  readonly nextBranch: Uint8Array[];
  readonly finalityBranch: Uint8Array[];
}

/**
 * A chain of real blocks since genesis, signed by their proposers and by the sync committee; its states have nothing in them but what a light client is
 * shown. All of it follows from the slot.
 */
export class SignedChain extends BenchChain {
  readonly config: NetworkConfig;
  readonly committee = new CommitteeKeys(1);
  readonly #proposers = new CommitteeKeys(2, SLOTS_PER_EPOCH);
  readonly #nextCommittee = new CommitteeKeys(3).committee;
  readonly #state = ssz.fulu.BeaconState.defaultViewDU();
  readonly #blocks: ChainBlock[] = [];

  constructor(init: BenchChainInit) {
    super(init);
    this.config = createNetworkConfig(chainConfigFromSpec(init.spec), super.rootOf(-1) as Root);
    this.#state.currentSyncCommittee = ssz.altair.SyncCommittee.toViewDU(this.committee.committee);
    this.#state.nextSyncCommittee = ssz.altair.SyncCommittee.toViewDU(this.#nextCommittee);
  }

  override rootOf(slot: number): Root {
    return slot < 0 ? (super.rootOf(slot) as Root) : this.block(slot).root;
  }

  override slotOf(root: string): number | undefined {
    if (root === "genesis") return 0;
    return root === "finalized" ? finalizedSlotAt(this.headSlot) : super.slotOf(root);
  }

  override pubkeyOf(index: number): string {
    const known =
      this.committee.committee.pubkeys[index - SYNC_MEMBERS_FROM] ??
      this.#proposers.committee.pubkeys[index - FOREIGN_INDEX];
    return known === undefined ? super.pubkeyOf(index) : `0x${Buffer.from(known).toString("hex")}`;
  }

  /** Each validator has one seat in an epoch; those of the node have the first one of its committee. */
  override membersOf(slot: number, committeeIndex: number): readonly string[] {
    const place = slot % SLOTS_PER_EPOCH;
    const foreign = FOREIGN_MEMBERS_FROM + (place * COMMITTEES_PER_SLOT + committeeIndex) * COMMITTEE_LENGTH;
    const members = Array.from({length: COMMITTEE_LENGTH}, (_, nth) => String(foreign + nth));
    const ours = committeeIndex * SLOTS_PER_EPOCH + place;
    return ours < this.validatorCount ? [String(ours), ...members.slice(1)] : members;
  }

  block(slot: number): ChainBlock {
    for (let next = this.#blocks.length; next <= slot; next++) this.#blocks.push(this.#make(next));
    return this.#blocks[slot] as ChainBlock;
  }

  bootstrap(slot: number): LightClientBootstrap {
    const {header, currentBranch} = this.block(slot);
    const currentSyncCommittee = this.committee.committee;
    return {header, currentSyncCommittee, currentSyncCommitteeBranch: currentBranch} as LightClientBootstrap;
  }

  /** As the block after `attestedSlot` proves it. */
  finalityUpdate(attestedSlot: number): LightClientFinalityUpdate {
    const {header, finalityBranch} = this.block(attestedSlot);
    return {
      attestedHeader: header,
      finalizedHeader: this.block(finalizedSlotAt(attestedSlot)).header,
      finalityBranch,
      syncAggregate: this.block(attestedSlot + 1).signed.message.body.syncAggregate,
      signatureSlot: attestedSlot + 1,
    } as LightClientFinalityUpdate;
  }

  update(attestedSlot: number): LightClientUpdate {
    return {
      ...this.finalityUpdate(attestedSlot),
      nextSyncCommittee: this.#nextCommittee,
      nextSyncCommitteeBranch: this.block(attestedSlot).nextBranch,
    } as LightClientUpdate;
  }

  /** Of one member, for the block of `slot`. */
  syncMessage(slot: number, seat: number) {
    const root = this.rootOf(slot);
    const signingRoot = syncCommitteeMessageSigningRoot(this.config, slot as Slot, root);
    return {
      slot,
      beaconBlockRoot: hexToBytes(root),
      validatorIndex: SYNC_MEMBERS_FROM + seat,
      signature: this.committee.sign(signingRoot, [seat]),
    };
  }

  #make(slot: number): ChainBlock {
    const parent = this.#blocks[slot - 1];
    const body = blockBody(this, slot, this.#syncAggregate(slot - 1, parent?.root ?? null));
    const bodyNode = ssz.fulu.BeaconBlockBody.toView(body).node;
    const stateNode = this.#stateNode(slot);
    const beacon = {
      slot,
      proposerIndex: this.proposerAt(slot),
      parentRoot: parent === undefined ? new Uint8Array(32) : hexToBytes(parent.root),
      stateRoot: stateNode.root,
      bodyRoot: bodyNode.root,
    };
    const root = ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon);
    const signingRoot = blockRootSigningRoot(this.config, slot as Slot, root);
    const {bodyRoot: _, ...message} = {...beacon, body};
    return {
      root: rootToHex(root),
      signed: {message, signature: this.#proposers.sign(signingRoot, [slot % SLOTS_PER_EPOCH])},
      header: {beacon, execution: payloadHeader(body), executionBranch: proof(bodyNode, PAYLOAD_GINDEX)},
      currentBranch: proof(stateNode, currentSyncCommitteeGindex(this.config, slot)),
      nextBranch: proof(stateNode, nextSyncCommitteeGindex(this.config, slot)),
      finalityBranch: proof(stateNode, finalizedRootGindex(this.config, slot)),
    };
  }

  #stateNode(slot: number): Node {
    const finalizedSlot = finalizedSlotAt(slot);
    this.#state.slot = slot;
    this.#state.finalizedCheckpoint = ssz.phase0.Checkpoint.toViewDU({
      epoch: finalizedSlot / SLOTS_PER_EPOCH,
      root: finalizedSlot === 0 ? new Uint8Array(32) : hexToBytes(this.rootOf(finalizedSlot)),
    });
    this.#state.commit();
    return this.#state.node;
  }

  /** What all members said of the block before. */
  #syncAggregate(slot: number, root: Root | null) {
    const seats = Array.from(this.committee.committee.pubkeys, (_, seat) => seat);
    if (root === null) return ssz.altair.SyncAggregate.defaultValue();
    const signingRoot = syncCommitteeMessageSigningRoot(this.config, slot as Slot, root);
    return {
      syncCommitteeBits: BitArray.fromBoolArray(seats.map(() => true)),
      syncCommitteeSignature: this.committee.sign(signingRoot, seats),
    };
  }
}

/** The first slot of the epoch two before. */
export const finalizedSlotAt = (slot: number): number =>
  Math.max(0, (Math.floor(slot / SLOTS_PER_EPOCH) - 2) * SLOTS_PER_EPOCH);

const proof = (node: Node, gindex: number): Uint8Array[] => new Tree(node).getSingleProof(BigInt(gindex));
