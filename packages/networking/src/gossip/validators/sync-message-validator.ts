import {SYNC_COMMITTEE_SUBNET_COUNT} from "@lodestar/params";
import {type NetworkConfig, subcommitteeOfSeat, syncCommitteeMessageSigningRoot} from "@mote/consensus";
import {rootToHex, type Signature, type Slot, type ValidatorIndex} from "@mote/core";
import type {GossipObserver} from "../../gossip-observer.ts";
import type {Received} from "../../network.ts";
import type {GossipChainView} from "../chain-view.ts";
import {ACCEPT, ignore, type Judgement, reject} from "./judgement.ts";
import {OnePerPeriod} from "./one-per-period.ts";
import type {SameMessageBatches} from "./same-message-batches.ts";
import type {SlotWindows} from "./slot-windows.ts";

/** Two slots are taken while clocks differ. */
const SLOTS_KEPT = 3;

export interface SyncMessageValidatorComponents {
  readonly batches: SameMessageBatches;
  readonly chainView: GossipChainView;
  readonly observer: GossipObserver;
  readonly windows: SlotWindows;
}

/** `sync_committee_{subnet_id}` (altair/p2p-interface.md). All of it can be checked: a sync committee is known a day ahead. */
export class SyncMessageValidator {
  readonly #config: NetworkConfig;
  readonly #components: SyncMessageValidatorComponents;
  readonly #messages: OnePerPeriod;

  constructor(init: {readonly config: NetworkConfig}, components: SyncMessageValidatorComponents) {
    this.#config = init.config;
    this.#components = components;
    this.#messages = new OnePerPeriod({periodsMax: SLOTS_KEPT}, components);
  }

  async judge({value, peer, subnetId, receivedMs}: Received<"sync_committee">): Promise<Judgement> {
    const {chainView, observer, windows} = this.#components;
    const slot = value.slot as Slot;
    const validatorIndex = value.validatorIndex as ValidatorIndex;
    if (windows.isFuture(slot, receivedMs)) return ignore("future_slot");
    if (!windows.isCurrent(slot, receivedMs)) return ignore("old_slot");
    const doubt = this.#doubtOfPlace(slot, validatorIndex, subnetId);
    // One of ours that somebody else signed is evidence in any place.
    if (doubt !== null && !chainView.isOurs(validatorIndex)) return doubt;
    const beaconBlockRoot = rootToHex(value.beaconBlockRoot);
    const look = await this.#messages.look({
      peer,
      period: slot,
      // The same message goes to each subnet that its validator has a seat in.
      key: validatorIndex * SYNC_COMMITTEE_SUBNET_COUNT + (subnetId ?? 0),
      validatorIndex,
      signingRoot: syncCommitteeMessageSigningRoot(this.#config, slot, beaconBlockRoot),
      signature: value.signature as Signature,
    });
    if (typeof look === "object") return look;
    observer.emit({kind: "sync_message", slot, validatorIndex, beaconBlockRoot, receivedMs});
    return doubt ?? (look === "another" ? ignore("another_of_one") : ACCEPT);
  }

  #doubtOfPlace(slot: Slot, validatorIndex: ValidatorIndex, subnetId: number | null): Judgement | null {
    const seats = this.#components.chainView.syncCommitteeAt(slot);
    if (seats === null) return ignore("unknown_committee");
    let isMember = false;
    for (let seat = seats.indexOf(validatorIndex); seat >= 0; seat = seats.indexOf(validatorIndex, seat + 1)) {
      if (subcommitteeOfSeat(seat) === subnetId) return null;
      isMember = true;
    }
    return reject(isMember ? "wrong_subnet" : "not_a_member");
  }
}
