import type {Pubkey, ValidatorInfo, ValidatorStatuses} from "@mote/core";

/** A head state's validators, in memory. */
export class FakeValidatorStatuses implements ValidatorStatuses {
  infos: readonly ValidatorInfo[];
  /** Every call fails with this message; null: none does. */
  failure: string | null = null;

  constructor(init: {readonly infos: readonly ValidatorInfo[]}) {
    this.infos = init.infos;
  }

  async validators(pubkeys: readonly Pubkey[]): Promise<readonly ValidatorInfo[]> {
    if (this.failure !== null) throw new Error(this.failure);
    return this.infos.filter(({pubkey}) => pubkeys.includes(pubkey));
  }
}
