import {type DutiesSource, InvalidValueError, type Pubkey, type ValidatorIndex} from "@mote/core";
import type {ValidatorRegistry} from "./validators/validator-registry.ts";

/**
 * Duties that name our validators by their own keys. One with the key of another of ours would be signed, and be worth nothing; and that other
 * one's duty, begun already, would be refused.
 */
export function ownKeysDuties(
  source: DutiesSource,
  {registry}: {readonly registry: Pick<ValidatorRegistry, "validatorAt">},
): DutiesSource {
  const check = (duties: readonly {readonly validatorIndex: ValidatorIndex; readonly pubkey: Pubkey}[]) => {
    for (const {validatorIndex, pubkey} of duties) {
      const own = registry.validatorAt(validatorIndex);
      // One that was taken away meanwhile signs nothing anyway.
      if (own === null || own.pubkey === pubkey) continue;
      throw new InvalidValueError(`a duty of validator ${validatorIndex} names key ${pubkey}, which is not its own`);
    }
  };
  return {
    attesterDuties: async (epoch, indices) => {
      const answer = await source.attesterDuties(epoch, indices);
      check(answer.duties);
      return answer;
    },
    // Of all validators; ours are picked out by index and key.
    proposerDuties: (epoch) => source.proposerDuties(epoch),
    syncDuties: async (epoch, indices) => {
      const duties = await source.syncDuties(epoch, indices);
      check(duties);
      return duties;
    },
    ptcDuties: async (epoch, indices) => {
      const answer = await source.ptcDuties(epoch, indices);
      check(answer.duties);
      return answer;
    },
  };
}
