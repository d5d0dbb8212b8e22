import type {AnswerCheck, FailureReason} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";

export interface Refusal {
  readonly reason: FailureReason;
  readonly detail: string;
}

/** A well-formed answer that must not be used. Its node is left out for the rest of the request. */
export class RefusedAnswerError extends BeaconNodeError {
  override name = "RefusedAnswerError";
  readonly refusal: Refusal;

  constructor(init: {readonly beaconNode: string; readonly what: string; readonly refusal: Refusal}) {
    const {reason, detail} = init.refusal;
    super({reason: "MALFORMED", beaconNode: init.beaconNode, route: init.what, detail: `${reason} ${detail}`});
    this.refusal = init.refusal;
  }
}

/**
 * `ask`, its answers judged.
 * @param onRefused counts the answer against its node
 */
export const checked =
  <T>(
    ask: (signal: AbortSignal) => Promise<T>,
    init: {readonly beaconNode: string; readonly what: string; readonly check: AnswerCheck<T>},
    onRefused: () => void,
  ) =>
  async (signal: AbortSignal): Promise<T> => {
    const answer = await ask(signal);
    const refusal = init.check(answer, init.beaconNode);
    if (refusal === null) return answer;
    onRefused();
    throw new RefusedAnswerError({...init, refusal});
  };
