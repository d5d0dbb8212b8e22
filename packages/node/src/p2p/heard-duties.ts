import type {AttesterDuties, DutiesSource, ProposerDuties, PtcDuties} from "@mote/core";

export interface HeardDutiesInit {
  /** Called with every answer, before whoever asked has it. Must not throw. */
  readonly onAttesterDuties: (answer: AttesterDuties) => void;
  readonly onProposerDuties: (answer: ProposerDuties) => void;
  readonly onPtcDuties: (answer: PtcDuties) => void;
}

/** Duties on their way to the runner: what is asked for anyway is not asked for twice. */
export class HeardDuties implements DutiesSource {
  readonly syncDuties: DutiesSource["syncDuties"];
  readonly #init: HeardDutiesInit;
  readonly #source: DutiesSource;

  constructor(init: HeardDutiesInit, components: {readonly dutiesSource: DutiesSource}) {
    const {dutiesSource} = components;
    this.#init = init;
    this.#source = dutiesSource;
    this.syncDuties = (epoch, indices) => dutiesSource.syncDuties(epoch, indices);
  }

  attesterDuties: DutiesSource["attesterDuties"] = async (epoch, indices) => {
    const answer = await this.#source.attesterDuties(epoch, indices);
    this.#init.onAttesterDuties(answer);
    return answer;
  };

  proposerDuties: DutiesSource["proposerDuties"] = async (epoch) => {
    const answer = await this.#source.proposerDuties(epoch);
    this.#init.onProposerDuties(answer);
    return answer;
  };

  ptcDuties: DutiesSource["ptcDuties"] = async (epoch, indices) => {
    const answer = await this.#source.ptcDuties(epoch, indices);
    this.#init.onPtcDuties(answer);
    return answer;
  };
}
