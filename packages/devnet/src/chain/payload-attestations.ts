import {BitArray} from "@chainsafe/ssz";
import {MAX_PAYLOAD_ATTESTATIONS, PTC_SIZE} from "@lodestar/params";
import {getPayloadAttestationDataSigningRoot} from "@lodestar/state-transition";
import {type gloas, ssz} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import type {ChainCore} from "./chain-core.ts";
import {ACCEPTED, DUPLICATE, refused} from "./outcomes.ts";
import {isGloasSlot} from "./payload-building.ts";
import {verifySameMessage} from "./signature-batches.ts";
import type {ChainBlock, SubmitOutcome} from "./types.ts";
import {mergeSignatures} from "./vote-pool.ts";

interface PayloadVote {
  readonly message: gloas.PayloadAttestationMessage;
  readonly seats: readonly number[];
}

/** Gloas: the payload committee's votes. A validator may have several seats; its one message fills them all. */
export class PayloadAttestations {
  readonly #core: ChainCore;
  /** Of one slot each, by validator. */
  readonly #votes = new Map<Slot, Map<number, PayloadVote>>();

  constructor(components: {readonly core: ChainCore}) {
    this.#core = components.core;
  }

  get waiting(): gloas.PayloadAttestationMessage[] {
    return [...this.#votes.values()].flatMap((votes) => [...votes.values()].map(({message}) => message));
  }

  /** What a member of the committee should sign. Null when no block of this slot was seen: then it signs nothing. */
  data(slot: Slot): gloas.PayloadAttestationData | null {
    const block = this.#core.blocks.atOrBefore(slot, this.#core.headRoot);
    if (block === null || block.slot !== slot || !isGloasSlot(this.#core.config, slot) || slot === 0) return null;
    const isThere = block.payloadStatus === "full";
    return {beaconBlockRoot: hexToBytes(block.root), slot, payloadPresent: isThere, blobDataAvailable: isThere};
  }

  /** gloas/p2p-interface.md#payload_attestation_message, for each. Outcomes are in the order of the list. */
  add(list: readonly gloas.PayloadAttestationMessage[]): SubmitOutcome[] {
    const outcomes = new Map<gloas.PayloadAttestationMessage, SubmitOutcome>();
    const open: PayloadVote[] = [];
    for (const message of list) {
      const seats = this.#seatsOrReason(message);
      const known = this.#votes.get(message.data.slot as Slot)?.get(message.validatorIndex);
      if (typeof seats === "string") outcomes.set(message, refused(seats));
      else if (known === undefined) open.push({message, seats});
      else if (ssz.gloas.PayloadAttestationMessage.equals(known.message, message)) outcomes.set(message, DUPLICATE);
      else outcomes.set(message, refused(`validator ${message.validatorIndex} voted otherwise before`));
    }
    for (const group of Map.groupBy(open, ({message}) => dataKey(message.data)).values()) {
      const good = this.#verify(group);
      for (const [i, vote] of group.entries()) {
        outcomes.set(vote.message, good[i] === true ? this.#take(vote) : refused("signature is not valid"));
      }
    }
    return list.map((message) => outcomes.get(message) ?? DUPLICATE);
  }

  /** For a block in the slot after `parent`: the committee's votes on the parent's payload, most seats first. */
  pack(slot: Slot, parent: ChainBlock): gloas.PayloadAttestation[] {
    if (parent.slot + 1 !== slot) return [];
    const votes = [...(this.#votes.get(parent.slot)?.values() ?? [])].filter(
      ({message}) => rootToHex(message.data.beaconBlockRoot) === parent.root,
    );
    return [...Map.groupBy(votes, ({message}) => dataKey(message.data)).values()]
      .map(toPayloadAttestation)
      .sort((a, b) => b.aggregationBits.getTrueBitIndexes().length - a.aggregationBits.getTrueBitIndexes().length)
      .slice(0, MAX_PAYLOAD_ATTESTATIONS);
  }

  prune(oldest: Slot): void {
    for (const slot of this.#votes.keys()) if (slot < oldest) this.#votes.delete(slot);
  }

  #seatsOrReason({data, validatorIndex}: gloas.PayloadAttestationMessage): number[] | string {
    const {config, blocks, states} = this.#core;
    if (!isGloasSlot(config, data.slot)) return `slot ${data.slot} is before Gloas`;
    if (!this.#core.isCurrent(data.slot as Slot)) return `slot ${data.slot} is not the current one`;
    const root = rootToHex(data.beaconBlockRoot);
    const block = blocks.get(root);
    if (block === null) return `block ${root} is not known`;
    if (block.slot !== data.slot) return `block ${root} is not of slot ${data.slot}`;
    const committee = states.at(root)?.epochCtx.getPayloadTimelinessCommittee(data.slot) ?? [];
    const seats = Array.from(committee).flatMap((member, seat) => (member === validatorIndex ? [seat] : []));
    return seats.length > 0
      ? seats
      : `validator ${validatorIndex} is not in the payload committee of slot ${data.slot}`;
  }

  #verify(group: readonly PayloadVote[]): boolean[] {
    const [first] = group;
    if (first === undefined) return [];
    const items = group.map(({message}) => ({
      publicKey: this.#core.pubkeyCache.getOrThrow(message.validatorIndex),
      signature: message.signature,
    }));
    return verifySameMessage(getPayloadAttestationDataSigningRoot(this.#core.config, first.message.data), items);
  }

  #take(vote: PayloadVote): SubmitOutcome {
    const {data, validatorIndex} = vote.message;
    const slot = data.slot as Slot;
    const ofSlot = this.#votes.get(slot) ?? new Map<number, PayloadVote>();
    this.#votes.set(slot, ofSlot);
    if (ofSlot.has(validatorIndex)) return DUPLICATE;
    ofSlot.set(validatorIndex, vote);
    const {payloadPresent, blobDataAvailable} = data;
    const blockRoot = rootToHex(data.beaconBlockRoot);
    this.#core.forkChoice.onPayloadVote({blockRoot, seats: vote.seats, payloadPresent, blobDataAvailable});
    this.#core.emit({kind: "payload_attestation_message", message: vote.message});
    return ACCEPTED;
  }
}

/** One signature for each seat, as the block's verification counts them. */
function toPayloadAttestation(votes: readonly PayloadVote[]): gloas.PayloadAttestation {
  const [first] = votes;
  if (first === undefined) throw new Error("a payload attestation needs a vote");
  const aggregationBits = BitArray.fromBitLen(PTC_SIZE);
  for (const seat of votes.flatMap(({seats}) => seats)) aggregationBits.set(seat, true);
  const signatures = votes.flatMap(({message, seats}) => seats.map(() => message.signature));
  return {aggregationBits, data: first.message.data, signature: mergeSignatures(signatures)};
}

const dataKey = (data: gloas.PayloadAttestationData): Root =>
  rootToHex(ssz.gloas.PayloadAttestationData.hashTreeRoot(data));
