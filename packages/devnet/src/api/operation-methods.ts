import {ApiError} from "@lodestar/api/server";
import type {capella, electra, phase0} from "@lodestar/types";
import type {SubmitOutcome} from "../chain/types.ts";
import type {BeaconView} from "./beacon-view.ts";
import {type Methods, throwFailures} from "./methods.ts";

/** The pools of what blocks carry now and then. */
export function operationMethods(view: BeaconView): Methods<"beacon"> {
  const {chain} = view;
  return {
    getPoolVoluntaryExits: async () => ({data: [...chain.pools.voluntaryExits]}),
    getPoolProposerSlashings: async () => ({data: [...chain.pools.proposerSlashings]}),
    getPoolAttesterSlashingsV2: async () => ({
      data: [...chain.pools.attesterSlashings],
      meta: {version: chain.config.getForkName(view.currentSlot)},
    }),
    getPoolBLSToExecutionChanges: async () => ({data: [...chain.pools.blsToExecutionChanges]}),
    submitPoolVoluntaryExit: async ({signedVoluntaryExit}) => {
      const exits = [signedVoluntaryExit as phase0.SignedVoluntaryExit];
      throwRefusals(view.published("voluntary_exit", exits, chain.onVoluntaryExits(exits)));
    },
    submitPoolProposerSlashings: async ({proposerSlashing}) => {
      const slashings = [proposerSlashing as phase0.ProposerSlashing];
      throwRefusals(view.published("proposer_slashing", slashings, chain.onProposerSlashings(slashings)));
    },
    submitPoolAttesterSlashingsV2: async ({attesterSlashing}) => {
      const slashings = [attesterSlashing as electra.AttesterSlashing];
      throwRefusals(view.published("attester_slashing", slashings, chain.onAttesterSlashings(slashings)));
    },
    submitPoolBLSToExecutionChange: async ({blsToExecutionChanges}) => {
      const changes = blsToExecutionChanges as capella.SignedBLSToExecutionChange[];
      const outcomes = chain.onBlsToExecutionChanges(changes);
      throwFailures("Some changes were refused", view.published("bls_to_execution_change", changes, outcomes));
    },
  };
}

/** Of a route that takes one operation. */
function throwRefusals(outcomes: readonly SubmitOutcome[]): void {
  for (const outcome of outcomes) if (outcome.kind === "refused") throw new ApiError(400, outcome.reason);
}
