import {attestationDueMs, type NetworkConfig, payloadDueMs} from "@mote/consensus";
import type {Clock, Root, Slot, ValidatorIndex} from "@mote/core";
import type {SentMessage} from "./sent-messages.ts";
import type {SimulatedChain} from "./simulated-chain.ts";

export interface SimulatedNetworkInit {
  readonly config: NetworkConfig;
  /** Validators whose messages come from outside; all others do their duties by themselves. */
  readonly isOutside: (index: ValidatorIndex) => boolean;
}

export interface SimulatedNetworkComponents {
  readonly chain: SimulatedChain;
  readonly clock: Clock;
}

/** Blocks of others are there so long after their slots began, and their payloads so long after them. */
const OTHERS_BLOCK_MS = 300;
const OTHERS_PAYLOAD_MS = 600;

/** The rest of the network: other validators, who are honest and in time, and the pools into which messages from outside go. */
export class SimulatedNetwork {
  /** The first of each, by slot and validator. */
  readonly syncMessages = new Map<string, Root>();
  readonly payloadVotes = new Map<string, {readonly root: Root; readonly isPresent: boolean}>();
  readonly #init: SimulatedNetworkInit;
  readonly #c: SimulatedNetworkComponents;

  constructor(init: SimulatedNetworkInit, components: SimulatedNetworkComponents) {
    this.#init = init;
    this.#c = components;
  }

  /** Sets off what others do in these slots. */
  start(from: Slot, until: Slot): void {
    const {chain, clock} = this.#c;
    const {genesisTimeSec, slotDurationMs} = chain.timing;
    for (let slot = from; slot < until; slot++) {
      const inMs = genesisTimeSec * 1000 + slot * slotDurationMs - clock.nowMs();
      clock.after(inMs, () => this.#play(slot as Slot));
    }
  }

  /** What a node does with a message from outside. @returns what is wrong with it, null when it was taken */
  take(message: SentMessage): string | null {
    const {chain, clock} = this.#c;
    switch (message.kind) {
      case "vote":
        return chain.takeVote(message.validatorIndex, message.data);
      case "block": {
        const {slot, root, parentRoot, validatorIndex} = message;
        if (chain.proposerAt(slot) !== validatorIndex) return "wrong proposer";
        const parent = chain.blocks.get(parentRoot);
        if (parent === undefined || parent.slot >= slot) return "unknown or younger parent";
        chain.importBlock({slot, root, parentRoot});
        return null;
      }
      case "payload":
        chain.revealPayload(message.blockRoot, clock.nowMs());
        return chain.blocks.has(message.blockRoot) ? null : "unknown block";
      case "sync_message":
        keepFirst(this.syncMessages, `${message.slot}/${message.validatorIndex}`, message.root);
        return null;
      case "payload_vote":
        keepFirst(this.payloadVotes, `${message.slot}/${message.validatorIndex}`, message);
        return null;
      case "aggregate":
      case "contribution":
        return null;
    }
  }

  #play(slot: Slot): void {
    const {chain, clock} = this.#c;
    const {config, isOutside} = this.#init;
    if (!isOutside(chain.proposerAt(slot)))
      clock.after(OTHERS_BLOCK_MS, () => {
        const {root} = chain.buildBlock(slot);
        const payloadMs = Math.min(OTHERS_PAYLOAD_MS, payloadDueMs(config) - OTHERS_BLOCK_MS);
        clock.after(payloadMs, () => chain.revealPayload(root, clock.nowMs()));
      });
    clock.after(attestationDueMs(config, slot), () => {
      const data = chain.voteData(slot, chain.head.root);
      for (const index of chain.attesters(slot)) if (!isOutside(index)) chain.takeVote(index, data);
    });
  }
}

function keepFirst<V>(map: Map<string, V>, name: string, value: V): void {
  if (!map.has(name)) map.set(name, value);
}
