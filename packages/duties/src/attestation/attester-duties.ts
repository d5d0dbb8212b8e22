import type {AttesterDuty, DutiesSource, Epoch} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import {EpochDuties, type EpochDutiesComponents, type EpochDutiesInit} from "../epoch-duties.ts";

export interface AttesterDutiesComponents extends EpochDutiesComponents {
  readonly dutiesSource: Pick<DutiesSource, "attesterDuties">;
}

/** When our validators attest. */
export function attesterDuties(
  init: Pick<EpochDutiesInit<AttesterDuty>, "forkEpochs" | "dueMs" | "onReplaced">,
  components: AttesterDutiesComponents,
): EpochDuties<AttesterDuty> {
  return new EpochDuties<AttesterDuty>(
    {
      ...init,
      what: "attester duties",
      keyOf: (duty) => dutyKey("attestation", duty),
      ask: async (epoch, indices) => ({
        ...(await components.dutiesSource.attesterDuties(epoch, indices)),
        dependentEpoch: (epoch - 1) as Epoch,
      }),
    },
    components,
  );
}
