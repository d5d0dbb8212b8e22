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
    submitPoolVoluntaryExit: async ({signedVoluntaryExit}) =>
      throwRefusals(chain.onVoluntaryExits([signedVoluntaryExit as phase0.SignedVoluntaryExit])),
    submitPoolProposerSlashings: async ({proposerSlashing}) =>
      throwRefusals(chain.onProposerSlashings([proposerSlashing as phase0.ProposerSlashing])),
    submitPoolAttesterSlashingsV2: async ({attesterSlashing}) =>
      throwRefusals(chain.onAttesterSlashings([attesterSlashing as electra.AttesterSlashing])),
    submitPoolBLSToExecutionChange: async ({blsToExecutionChanges}) =>
      throwFailures(
        "Some changes were refused",
        chain.onBlsToExecutionChanges(blsToExecutionChanges as capella.SignedBLSToExecutionChange[]),
      ),
  };
}

/** Of a route that takes one operation. */
function throwRefusals(outcomes: readonly SubmitOutcome[]): void {
  for (const outcome of outcomes) if (outcome.kind === "refused") throw new ApiError(400, outcome.reason);
}
