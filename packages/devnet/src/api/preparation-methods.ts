import {ApiError} from "@lodestar/api/server";
import type {ExecutionAddress, ValidatorIndex} from "@mote/core";
import type {BeaconView} from "./beacon-view.ts";
import {type Methods, throwFailures} from "./methods.ts";
import {otherRequestsRead} from "./publish-methods.ts";

/** What proposers ask for ahead of their blocks. */
export function preparationMethods(view: BeaconView): Methods<"validator"> {
  return {
    // Unknown indices are accepted, as the API wants: they may become known later.
    prepareBeaconProposer: async ({proposers}) => {
      view.chain.prepareProposers(
        proposers.map(({validatorIndex, feeRecipient}) => ({
          validatorIndex: Number(validatorIndex) as ValidatorIndex,
          feeRecipient: feeRecipient.toLowerCase() as ExecutionAddress,
        })),
      );
    },
    registerValidator: async ({registrations}) => {
      await otherRequestsRead();
      const outcomes = view.chain.registerValidators(registrations);
      const refused = outcomes.find((outcome) => outcome.kind === "refused");
      if (refused !== undefined) throw new ApiError(400, `A registration was refused: ${refused.reason}`);
    },
    submitProposerPreferences: async ({signedProposerPreferences}) => {
      await otherRequestsRead();
      const outcomes = view.chain.onProposerPreferences(signedProposerPreferences);
      throwFailures(
        "Some preferences were refused",
        view.published("proposer_preferences", signedProposerPreferences, outcomes),
      );
    },
  };
}
