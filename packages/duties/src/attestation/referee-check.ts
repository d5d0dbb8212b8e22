import type {AttestationData, FailureReason, Log, Referee, Slot} from "@mote/core";

export interface RefereeCheckComponents {
  readonly referee: Referee;
  readonly log: Log;
}

/** The referee's look at what a beacon node wants to have signed, and the alarm when it is a lie. */
export class RefereeCheck {
  /** Beacon nodes whose vetoes of this slot were said. */
  readonly #said = new Set<string>();
  #slot: Slot | null = null;
  readonly #c: RefereeCheckComponents;

  constructor(components: RefereeCheckComponents) {
    this.#c = components;
  }

  /** Null unless evidence contradicts the data. */
  refusalOf(
    data: AttestationData,
    beaconNode: string,
  ): {readonly reason: FailureReason; readonly detail: string} | null {
    const verdict = this.#c.referee.judge(data);
    if (verdict.kind !== "veto") return null;
    const {value, evidence} = verdict;
    this.#say(data.slot, beaconNode, {value, evidence});
    return {reason: "REFEREE_VETO", detail: evidence};
  }

  /** A node is asked several times a slot. */
  #say(slot: Slot, beaconNode: string, {value, evidence}: {readonly value: string; readonly evidence: string}): void {
    if (slot !== this.#slot) this.#said.clear();
    this.#slot = slot;
    if (this.#said.has(beaconNode)) return;
    this.#said.add(beaconNode);
    this.#c.log.error(`slot ${slot}: what ${beaconNode} says was not signed: ${evidence}`, {
      reason: "REFEREE_VETO",
      beaconNode,
      value,
    });
  }
}
