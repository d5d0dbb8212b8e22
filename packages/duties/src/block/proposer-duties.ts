import type {DutiesSource, ProposerDuty} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import {EpochDuties, type EpochDutiesComponents, type EpochDutiesInit} from "../epoch-duties.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface ProposerDutiesComponents extends EpochDutiesComponents {
  readonly registry: Pick<ValidatorRegistry, "indicesWithDuties" | "withDuties">;
  readonly dutiesSource: Pick<DutiesSource, "proposerDuties">;
}

/** When our validators propose. Beacon nodes tell the proposers of all slots; only ours matter, and nobody proposes the genesis block. */
export function proposerDuties(
  init: Pick<EpochDutiesInit<ProposerDuty>, "forkEpochs" | "settledFrom">,
  components: ProposerDutiesComponents,
): EpochDuties<ProposerDuty> {
  const {dutiesSource, registry} = components;
  return new EpochDuties<ProposerDuty>(
    {
      ...init,
      what: "proposer duties",
      keyOf: (duty) => dutyKey("proposal", duty),
      dueMs: () => 0,
      ask: async (epoch) => {
        const answer = await dutiesSource.proposerDuties(epoch);
        const ours = new Map(registry.withDuties().map(({index, pubkey}) => [index, pubkey]));
        const duties = answer.duties.filter(
          ({slot, validatorIndex, pubkey}) => slot > 0 && ours.get(validatorIndex) === pubkey,
        );
        return {...answer, duties};
      },
    },
    components,
  );
}
