import {ATTESTATION_SUBNET_COUNT} from "@lodestar/params";
import type {electra} from "@lodestar/types";
import {attestationIndexNamesPayload, type NetworkConfig} from "@mote/consensus";
import {
  type CommitteeIndex,
  type Epoch,
  type Root,
  rootToHex,
  type Signature,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Received} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {ACCEPT, ignore, type Judgement, reject} from "./judgement.ts";
import type {KnownBlocks} from "./known-blocks.ts";
import {OnePerPeriod} from "./one-per-period.ts";
import type {SameMessageBatches} from "./same-message-batches.ts";
import type {SlotWindows} from "./slot-windows.ts";
import {VoteDataBook} from "./vote-data-book.ts";

/** Gloas: `data.index` of a vote that says that the payload is there. gloas/validator.md#attestation */
const PAYLOAD_PRESENT = 1;
/** Votes of the current and the previous epoch are taken, and of the next one while clocks differ. */
const EPOCHS_KEPT = 3;

export interface AttestationValidatorComponents {
  readonly batches: SameMessageBatches;
  readonly blocks: KnownBlocks;
  readonly chainView: GossipChainView;
  readonly observer: GossipObserver;
  readonly slotClock: SlotClock;
  readonly windows: SlotWindows;
}

/**
 * `beacon_attestation_{subnet_id}` (electra and gloas/p2p-interface.md). What is left unchecked is whether the block and the target that a vote names go
 * together: that only a member of the committee can get wrong, and once an epoch.
 */
export class AttestationValidator {
  readonly #config: NetworkConfig;
  readonly #components: AttestationValidatorComponents;
  readonly #book: VoteDataBook;
  readonly #votes: OnePerPeriod;

  constructor(init: {readonly config: NetworkConfig}, components: AttestationValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
    this.#book = new VoteDataBook(init);
    this.#votes = new OnePerPeriod({periodsMax: EPOCHS_KEPT}, components);
  }

  async judge({value, peer, subnetId, receivedMs}: Received<"beacon_attestation">): Promise<Judgement> {
    const slot = value.data.slot as Slot;
    const flaw = this.#flawOfData(value, receivedMs);
    if (flaw !== null) return flaw;
    const validatorIndex = value.attesterIndex as ValidatorIndex;
    const doubt = this.#doubtOfPlace(value, subnetId);
    // One of ours that somebody else signed is evidence in any place, and for any head; of others it would be work for nothing.
    if (!this.#components.chainView.isOurs(validatorIndex)) {
      if (doubt !== null) return doubt;
      if (!this.#hasSeen(rootToHex(value.data.beaconBlockRoot))) return ignore("unknown_block");
    }
    const voteData = this.#book.of(value.data);
    if (voteData === null) return ignore("numbers_too_large");
    const {data, signingRoot} = voteData;
    const signature = value.signature as Signature;
    const period = data.target.epoch;
    const look = await this.#votes.look({peer, period, key: validatorIndex, validatorIndex, signingRoot, signature});
    if (typeof look === "object") return look;
    const committeeIndex = value.committeeIndex as CommitteeIndex;
    const vote = {committeeIndex, attesterIndex: validatorIndex, data, signature};
    this.#components.observer.emit({kind: "attestation", vote, receivedMs});
    if (doubt !== null) return doubt;
    if (look === "another") return ignore("another_of_one");
    return this.#judgeHead(slot, data.beaconBlockRoot, data.index);
  }

  /** What needs no knowledge of the chain but its time. */
  #flawOfData({data}: electra.SingleAttestation, receivedMs: number): Judgement | null {
    const {windows, slotClock} = this.#components;
    const slot = data.slot as Slot;
    const indexMax = attestationIndexNamesPayload(this.#config, slot) ? PAYLOAD_PRESENT : 0;
    if (data.index > indexMax) return reject("wrong_index");
    if (data.target.epoch !== slotClock.epochOf(slot)) return reject("wrong_target_epoch");
    if (windows.isFuture(slot, receivedMs)) return ignore("future_slot");
    const isRecent = windows.isCurrentOrPreviousEpoch(data.target.epoch as Epoch, receivedMs);
    return isRecent ? null : ignore("old_slot");
  }

  /** Whether its maker votes in that committee, and the committee on that subnet. */
  #doubtOfPlace(
    {data, committeeIndex, attesterIndex}: electra.SingleAttestation,
    subnetId: number | null,
  ): Judgement | null {
    const {chainView} = this.#components;
    const slot = data.slot as Slot;
    const committeesPerSlot = chainView.committeesPerSlot(data.target.epoch as Epoch);
    if (committeesPerSlot === null) return ignore("unknown_committee");
    if (committeeIndex >= committeesPerSlot) return reject("wrong_index");
    if (attestationSubnet(slot, committeeIndex, committeesPerSlot, this.#components.slotClock) !== subnetId) {
      return reject("wrong_subnet");
    }
    const committee = chainView.committee(slot, committeeIndex as CommitteeIndex);
    if (committee === null) return ignore("unknown_committee");
    if (committee.includes(attesterIndex as ValidatorIndex)) return null;
    // Branches that parted more than an epoch ago have other committees: only of blocks that we have seen do we know them.
    return this.#hasSeen(rootToHex(data.target.root)) ? reject("not_a_member") : ignore("not_a_member");
  }

  #judgeHead(slot: Slot, root: Root, index: number): Judgement {
    if (!this.#hasSeen(root)) return ignore("unknown_block");
    if (index !== PAYLOAD_PRESENT) return ACCEPT;
    // gloas/p2p-interface.md, verify_attestation_payload_status
    return this.#components.blocks.slotOf(root) === slot ? reject("payload_of_own_slot") : ignore("unknown_payload");
  }

  #hasSeen(root: Root): boolean {
    return this.#components.chainView.hasBlock(root) || this.#components.blocks.isProven(root);
  }
}

/** phase0/validator.md, compute_subnet_for_attestation */
function attestationSubnet(
  slot: Slot,
  committeeIndex: number,
  committeesPerSlot: number,
  slotClock: SlotClock,
): number {
  const slotOfEpoch = slot - slotClock.firstSlotOf(slotClock.epochOf(slot));
  return (committeesPerSlot * slotOfEpoch + committeeIndex) % ATTESTATION_SUBNET_COUNT;
}
