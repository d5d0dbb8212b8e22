import type {altair} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {
  InvalidValueError,
  type Pubkey,
  parseRoot,
  type Root,
  type SignOutcome,
  type SignOutcomes,
  type Slot,
  type SlotClock,
  type SyncDuty,
} from "@mote/core";
import type {AttemptLog} from "../attempt-log.ts";
import {
  contributionAndProofToSign,
  type SignableMessage,
  syncCommitteeMessageToSign,
  syncCommitteeSelectionProofToSign,
} from "../signers/signable-message.ts";
import {contained, type Refused, refused, signForEach} from "./refused.ts";
import type {SigningRoad} from "./signing-road.ts";
import {checkAheadAtMost, checkRecent} from "./time-checks.ts";
import {withoutKeptRoot} from "./without-kept-root.ts";

export interface SyncCommitteeSigningComponents {
  readonly slotClock: SlotClock;
  readonly attempts: AttemptLog;
  readonly road: SigningRoad;
}

export interface SyncCommitteeHead {
  readonly slot: Slot;
  readonly beaconBlockRoot: Root;
}

interface SoundHead {
  readonly kind: "sound";
  readonly slot: Slot;
  /** One for all members. */
  readonly message: SignableMessage;
}

/** Messages of the sync committee, and what belongs to gathering them. */
export class SyncCommitteeSigning {
  readonly #config: NetworkConfig;
  readonly #components: SyncCommitteeSigningComponents;

  constructor(init: {readonly config: NetworkConfig}, components: SyncCommitteeSigningComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  signMessages(head: SyncCommitteeHead, duties: readonly SyncDuty[]): Promise<SignOutcomes<SyncDuty>> {
    return signForEach(
      duties,
      () => this.#checkHead(head),
      (sound, {pubkey}) => this.#signMessage(sound, pubkey),
    );
  }

  signSelectionProof(pubkey: Pubkey, data: altair.SyncAggregatorSelectionData): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road} = this.#components;
      const refusal = checkAheadAtMost(slotClock, data.slot as Slot, 1) ?? road.checkKey(pubkey, "sync");
      if (refusal) return refusal;
      const message = syncCommitteeSelectionProofToSign(this.#config, data);
      return road.sign({pubkey, purpose: "sync", message});
    });
  }

  signContributionAndProof(pubkey: Pubkey, given: altair.ContributionAndProof): Promise<SignOutcome> {
    return contained(() => {
      const {slotClock, road} = this.#components;
      const sound = withoutKeptRoot(given);
      const refusal = checkRecent(slotClock, sound.contribution.slot as Slot) ?? road.checkKey(pubkey, "sync");
      if (refusal) return refusal;
      const message = contributionAndProofToSign(this.#config, sound);
      return road.sign({pubkey, purpose: "sync", message});
    });
  }

  /** What holds for all members of the committee. */
  #checkHead({slot, beaconBlockRoot}: SyncCommitteeHead): SoundHead | Refused {
    const refusal = checkRecent(this.#components.slotClock, slot) ?? checkRoot(beaconBlockRoot);
    if (refusal) return refusal;
    return {kind: "sound", slot, message: syncCommitteeMessageToSign(this.#config, slot, beaconBlockRoot)};
  }

  async #signMessage({slot, message}: SoundHead, pubkey: Pubkey): Promise<SignOutcome> {
    const {attempts, road} = this.#components;
    const refusal = road.checkKey(pubkey, "sync");
    if (refusal) return refusal;
    if (!attempts.begin("sync_message", slot, pubkey)) {
      return refused("ALREADY_ATTEMPTED", `a sync-committee message of slot ${slot} was begun before`);
    }
    return road.sign({pubkey, purpose: "sync", message});
  }
}

/** This root is signed as it comes, with nothing around it: it has to be one. */
function checkRoot(root: Root): Refused | null {
  try {
    parseRoot(root, "beacon block root");
    return null;
  } catch (error) {
    if (error instanceof InvalidValueError) return refused("BEACON_DATA_INVALID", error.message);
    throw error;
  }
}
