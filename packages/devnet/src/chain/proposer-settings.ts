import type {PublicKey} from "@chainsafe/blst";
import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_APPLICATION_BUILDER, FAR_FUTURE_EPOCH, MIN_SEED_LOOKAHEAD, SLOTS_PER_EPOCH} from "@lodestar/params";
import {
  type CachedBeaconStateFulu,
  computeDomain,
  computeEpochAtSlot,
  computeSigningRoot,
  computeStartSlotAtEpoch,
  getProposerPreferencesSigningRoot,
} from "@lodestar/state-transition";
import {type bellatrix, type gloas, ssz} from "@lodestar/types";
import {
  type Epoch,
  type ExecutionAddress,
  executionAddressToHex,
  type Pubkey,
  pubkeyToHex,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {ChainCore} from "./chain-core.ts";
import {ACCEPTED, DUPLICATE, refused} from "./outcomes.ts";
import {verifyOne} from "./signature-batches.ts";
import type {ProposerPreparation, SubmitOutcome} from "./types.ts";

const ZERO_ROOT = new Uint8Array(32);

/** What proposers asked for ahead of their blocks, as a beacon node and a builder would remember it. */
export class ProposerSettings {
  readonly #core: ChainCore;
  readonly #preparations = new Map<ValidatorIndex, ExecutionAddress>();
  readonly #registrations = new Map<Pubkey, bellatrix.ValidatorRegistrationV1>();
  /** By `dependent root:slot`; the first one stays. */
  readonly #preferences = new Map<string, gloas.ProposerPreferences>();

  constructor(components: {readonly core: ChainCore}) {
    this.#core = components.core;
  }

  feeRecipient(index: ValidatorIndex): ExecutionAddress | null {
    return this.#preparations.get(index) ?? null;
  }

  registration(index: ValidatorIndex): bellatrix.ValidatorRegistrationV1 | null {
    const pubkey = this.#core.pubkeys[index];
    return (pubkey === undefined ? undefined : this.#registrations.get(pubkey)) ?? null;
  }

  /** Gloas: what the proposer of `slot` wishes for on the chain of `headRoot`. */
  preferences(slot: Slot, headRoot: Root): gloas.ProposerPreferences | null {
    const root = this.#core.duties.dependentRoot(computeEpochAtSlot(slot) as Epoch, headRoot);
    return root === null ? null : (this.#preferences.get(keyOf(root, slot)) ?? null);
  }

  prepare(list: readonly ProposerPreparation[]): SubmitOutcome[] {
    return list.map(({validatorIndex, feeRecipient}) => {
      if (this.#core.pubkeys[validatorIndex] === undefined) return refused(`validator ${validatorIndex} is not known`);
      this.#preparations.set(validatorIndex, feeRecipient);
      return ACCEPTED;
    });
  }

  register(list: readonly bellatrix.SignedValidatorRegistrationV1[]): SubmitOutcome[] {
    const domain = computeDomain(DOMAIN_APPLICATION_BUILDER, this.#core.config.GENESIS_FORK_VERSION, ZERO_ROOT);
    return list.map(({message, signature}) => {
      const pubkey = pubkeyToHex(message.pubkey);
      const publicKey = this.#publicKey(this.#core.pubkeys.indexOf(pubkey));
      if (publicKey === null) return refused(`${pubkey} is no active validator`);
      const signingRoot = computeSigningRoot(ssz.bellatrix.ValidatorRegistrationV1, message, domain);
      if (!verifyOne({message: signingRoot, publicKeys: [publicKey], signature}))
        return refused("signature is not valid");
      const known = this.#registrations.get(pubkey);
      if (known !== undefined && ssz.bellatrix.ValidatorRegistrationV1.equals(known, message)) return DUPLICATE;
      if (known !== undefined && known.timestamp > message.timestamp)
        return refused("an earlier registration is newer");
      this.#registrations.set(pubkey, message);
      return ACCEPTED;
    });
  }

  /** gloas/p2p-interface.md#proposer_preferences */
  prefer(list: readonly gloas.SignedProposerPreferences[]): SubmitOutcome[] {
    return list.map((signed) => this.#prefer(signed));
  }

  prune(oldest: Slot): void {
    for (const [key, {proposalSlot}] of this.#preferences) if (proposalSlot < oldest) this.#preferences.delete(key);
  }

  #prefer({message, signature}: gloas.SignedProposerPreferences): SubmitOutcome {
    const slot = message.proposalSlot as Slot;
    const reason = refuseSlot(slot, this.#core) ?? this.#refuseProposer(message);
    if (reason !== null) return refused(reason);
    const publicKey = this.#publicKey(message.validatorIndex);
    if (publicKey === null) return refused(`validator ${message.validatorIndex} is not active`);
    const signingRoot = getProposerPreferencesSigningRoot(this.#core.config, message);
    if (!verifyOne({message: signingRoot, publicKeys: [publicKey], signature}))
      return refused("signature is not valid");
    const key = keyOf(rootToHex(message.dependentRoot), slot);
    const known = this.#preferences.get(key);
    if (known !== undefined) {
      const isSame = ssz.gloas.ProposerPreferences.equals(known, message);
      return isSame ? DUPLICATE : refused("the proposer said otherwise before, and the first message stays");
    }
    this.#preferences.set(key, message);
    return ACCEPTED;
  }

  #refuseProposer({dependentRoot, proposalSlot, validatorIndex}: gloas.ProposerPreferences): string | null {
    const epoch = computeEpochAtSlot(proposalSlot) as Epoch;
    const root = rootToHex(dependentRoot);
    if (this.#core.blocks.get(root) === null) return `dependent block ${root} is not known`;
    if (this.#core.duties.dependentRoot(epoch, this.#core.headRoot) !== root) {
      return `the proposers of epoch ${epoch} do not rest on block ${root}`;
    }
    const stateEpoch = Math.max(0, epoch - MIN_SEED_LOOKAHEAD);
    const state = this.#core.states.at(this.#core.headRoot, computeStartSlotAtEpoch(stateEpoch) as Slot);
    if (state === null) return "the state of the head is not known";
    const place = proposalSlot - computeEpochAtSlot(state.slot) * SLOTS_PER_EPOCH;
    const proposer = (state as CachedBeaconStateFulu).proposerLookahead.get(place);
    return proposer === validatorIndex ? null : `validator ${validatorIndex} does not propose in slot ${proposalSlot}`;
  }

  #publicKey(index: number): PublicKey | null {
    const state = this.#core.head.state;
    if (index < 0 || index >= state.validators.length) return null;
    if (state.validators.getReadonly(index).exitEpoch !== FAR_FUTURE_EPOCH) return null;
    return this.#core.pubkeyCache.get(index) ?? null;
  }
}

export function preferredAddress(preferences: gloas.ProposerPreferences | null): ExecutionAddress | null {
  return preferences === null ? null : executionAddressToHex(preferences.feeRecipient);
}

function refuseSlot(slot: Slot, {currentSlot, config}: {currentSlot: Slot; config: BeaconConfig}): string | null {
  const epoch = computeEpochAtSlot(slot);
  if (epoch < config.GLOAS_FORK_EPOCH) return `slot ${slot} is before Gloas`;
  if (slot <= currentSlot) return `slot ${slot} has passed`;
  const last = computeEpochAtSlot(Math.max(currentSlot, 0)) + MIN_SEED_LOOKAHEAD;
  return epoch > last ? `the proposers of epoch ${epoch} are not known yet` : null;
}

const keyOf = (dependentRoot: Root, slot: Slot): string => `${dependentRoot}:${slot}`;
