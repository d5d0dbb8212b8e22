import type {BeaconConfig} from "@lodestar/config";
import {
  MAX_ATTESTER_SLASHINGS_ELECTRA,
  MAX_BLS_TO_EXECUTION_CHANGES,
  MAX_PROPOSER_SLASHINGS,
  MAX_VOLUNTARY_EXITS,
} from "@lodestar/params";
import {
  assertValidAttesterSlashing,
  assertValidProposerSlashing,
  getAttesterSlashableIndices,
  getVoluntaryExitValidity,
  isSlashableValidator,
  isValidBlsToExecutionChange,
  type PubkeyCache,
  VoluntaryExitValidity,
} from "@lodestar/state-transition";
import {type capella, type electra, type phase0, ssz} from "@lodestar/types";
import type {ValidatorIndex} from "@mote/core";
import {ACCEPTED, complaintOf, DUPLICATE, refused} from "./outcomes.ts";
import type {ChainEvent, ChainState, SubmitOutcome} from "./types.ts";

/** Operations as a block carries them. */
export interface PackedOps {
  readonly voluntaryExits: phase0.SignedVoluntaryExit[];
  readonly proposerSlashings: phase0.ProposerSlashing[];
  readonly attesterSlashings: electra.AttesterSlashing[];
  readonly blsToExecutionChanges: capella.SignedBLSToExecutionChange[];
}

export interface OpPoolComponents {
  readonly pubkeyCache: PubkeyCache;
  /** The head's state in the current slot. */
  readonly state: () => ChainState;
  readonly emit: (event: ChainEvent) => void;
  /** These validators are proven to have voted twice. */
  readonly onEquivocation: (indices: readonly ValidatorIndex[]) => void;
}

/** Operations that wait for a block. Whether one holds is asked of @lodestar/state-transition, with signatures when it comes. */
export class OpPool {
  readonly #config: BeaconConfig;
  readonly #components: OpPoolComponents;
  /** By validator: one exit or change each. */
  readonly #exits = new Map<number, phase0.SignedVoluntaryExit>();
  readonly #changes = new Map<number, capella.SignedBLSToExecutionChange>();
  readonly #proposerSlashings = new Map<number, phase0.ProposerSlashing>();
  #attesterSlashings: electra.AttesterSlashing[] = [];

  constructor(init: {readonly config: BeaconConfig}, components: OpPoolComponents) {
    this.#config = init.config;
    this.#components = components;
  }

  get waiting(): PackedOps {
    return {
      voluntaryExits: [...this.#exits.values()],
      proposerSlashings: [...this.#proposerSlashings.values()],
      attesterSlashings: [...this.#attesterSlashings],
      blsToExecutionChanges: [...this.#changes.values()],
    };
  }

  addVoluntaryExit(signed: phase0.SignedVoluntaryExit): SubmitOutcome {
    const index = signed.message.validatorIndex;
    const known = this.#exits.get(index);
    if (known !== undefined && ssz.phase0.SignedVoluntaryExit.equals(known, signed)) return DUPLICATE;
    if (known !== undefined) return refused(`an exit of validator ${index} is waiting already`);
    const validity = this.#exitValidity(signed, this.#components.state(), true);
    if (validity !== VoluntaryExitValidity.valid) return refused(`exit is not valid: ${validity}`);
    this.#exits.set(index, signed);
    this.#components.emit({kind: "voluntary_exit", message: signed});
    return ACCEPTED;
  }

  addProposerSlashing(slashing: phase0.ProposerSlashing): SubmitOutcome {
    const index = Number(slashing.signedHeader1.message.proposerIndex) as ValidatorIndex;
    if (this.#proposerSlashings.has(index)) return DUPLICATE;
    const complaint = this.#proposerSlashingComplaint(slashing, this.#components.state(), true);
    if (complaint !== null) return refused(complaint);
    this.#proposerSlashings.set(index, slashing);
    this.#components.emit({kind: "proposer_slashing", indices: [index], message: slashing});
    return ACCEPTED;
  }

  addAttesterSlashing(slashing: electra.AttesterSlashing): SubmitOutcome {
    if (this.#attesterSlashings.some((known) => ssz.electra.AttesterSlashing.equals(known, slashing))) return DUPLICATE;
    const state = this.#components.state();
    const complaint = this.#attesterSlashingComplaint(slashing, state, true);
    if (complaint !== null) return refused(complaint);
    const indices = slashable(slashing, state);
    if (indices.length === 0) return refused("there is nobody left to slash");
    this.#attesterSlashings.push(slashing);
    this.#components.onEquivocation(getAttesterSlashableIndices(slashing) as ValidatorIndex[]);
    this.#components.emit({kind: "attester_slashing", indices, message: slashing});
    return ACCEPTED;
  }

  addBlsToExecutionChange(signed: capella.SignedBLSToExecutionChange): SubmitOutcome {
    const {validatorIndex} = signed.message;
    const known = this.#changes.get(validatorIndex);
    if (known !== undefined && ssz.capella.SignedBLSToExecutionChange.equals(known, signed)) return DUPLICATE;
    if (known !== undefined) return refused(`a change of validator ${validatorIndex} is waiting already`);
    const complaint = this.#changeComplaint(signed, this.#components.state(), true);
    if (complaint !== null) return refused(complaint);
    this.#changes.set(validatorIndex, signed);
    this.#components.emit({kind: "bls_to_execution_change", message: signed});
    return ACCEPTED;
  }

  /** What a block on `state` may carry. Signatures were looked at before. */
  pack(state: ChainState): PackedOps {
    const {waiting} = this;
    const proposerSlashings = waiting.proposerSlashings
      .filter((slashing) => this.#proposerSlashingComplaint(slashing, state, false) === null)
      .slice(0, MAX_PROPOSER_SLASHINGS);
    const slashed = new Set(proposerSlashings.map(({signedHeader1}) => Number(signedHeader1.message.proposerIndex)));
    const attesterSlashings: electra.AttesterSlashing[] = [];
    for (const slashing of waiting.attesterSlashings) {
      const fresh = slashable(slashing, state).filter((index) => !slashed.has(index));
      if (fresh.length === 0 || attesterSlashings.length === MAX_ATTESTER_SLASHINGS_ELECTRA) continue;
      attesterSlashings.push(slashing);
      for (const index of fresh) slashed.add(index);
    }
    return {
      proposerSlashings,
      attesterSlashings,
      // A validator that this very block slashes is on its way out already.
      voluntaryExits: waiting.voluntaryExits
        .filter((signed) => !slashed.has(signed.message.validatorIndex))
        .filter((signed) => this.#exitValidity(signed, state, false) === VoluntaryExitValidity.valid)
        .slice(0, MAX_VOLUNTARY_EXITS),
      blsToExecutionChanges: waiting.blsToExecutionChanges
        .filter((signed) => this.#changeComplaint(signed, state, false) === null)
        .slice(0, MAX_BLS_TO_EXECUTION_CHANGES),
    };
  }

  /** Forgets what is done for good. @param finalized the state that no reorg takes back */
  prune(finalized: ChainState): void {
    for (const [index, signed] of this.#exits) {
      if (this.#exitValidity(signed, finalized, false) === VoluntaryExitValidity.alreadyExited)
        this.#exits.delete(index);
    }
    for (const index of this.#proposerSlashings.keys()) {
      if (finalized.validators.getReadonly(index).slashed) this.#proposerSlashings.delete(index);
    }
    this.#attesterSlashings = this.#attesterSlashings.filter((slashing) => slashable(slashing, finalized).length > 0);
    for (const [index, signed] of this.#changes) {
      if (this.#changeComplaint(signed, finalized, false) !== null) this.#changes.delete(index);
    }
  }

  #exitValidity(signed: phase0.SignedVoluntaryExit, state: ChainState, withSignature: boolean): VoluntaryExitValidity {
    const fork = this.#config.getForkSeq(state.slot);
    let validity = VoluntaryExitValidity.invalidSignature;
    // Bytes that are no signature at all make it throw.
    complaintOf(() => {
      validity = getVoluntaryExitValidity(fork, state, signed, withSignature);
    });
    return validity;
  }

  #proposerSlashingComplaint(slashing: phase0.ProposerSlashing, state: ChainState, withSignature: boolean) {
    const {pubkeyCache} = this.#components;
    const index = Number(slashing.signedHeader1.message.proposerIndex);
    if (index >= state.validators.length) return `validator ${index} is not known`;
    const proposer = state.validators.getReadonly(index);
    return complaintOf(() =>
      assertValidProposerSlashing(this.#config, pubkeyCache, state.slot, slashing, proposer, withSignature),
    );
  }

  #attesterSlashingComplaint(slashing: electra.AttesterSlashing, state: ChainState, withSignature: boolean) {
    const {pubkeyCache} = this.#components;
    const count = state.validators.length;
    return complaintOf(() =>
      assertValidAttesterSlashing(this.#config, pubkeyCache, state.slot, count, slashing, withSignature),
    );
  }

  #changeComplaint(signed: capella.SignedBLSToExecutionChange, state: ChainState, withSignature: boolean) {
    const {validatorIndex} = signed.message;
    if (validatorIndex >= state.validators.length) return `validator ${validatorIndex} is not known`;
    const validator = state.validators.getReadonly(validatorIndex);
    return complaintOf(() => {
      const verdict = isValidBlsToExecutionChange(this.#config, validator, signed, withSignature);
      if (!verdict.valid) throw verdict.error;
    });
  }
}

function slashable(slashing: electra.AttesterSlashing, state: ChainState): ValidatorIndex[] {
  return getAttesterSlashableIndices(slashing).filter(
    (index) =>
      index < state.validators.length &&
      isSlashableValidator(state.validators.getReadonly(index), state.epochCtx.epoch),
  ) as ValidatorIndex[];
}
