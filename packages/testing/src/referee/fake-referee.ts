import type {AttestationData, Referee, RefereeVerdict, Root, Slot} from "@mote/core";

/** Says what a test wants; by default nothing can be proven. */
export class FakeReferee implements Referee {
  /** In the order of the calls. */
  readonly judged: AttestationData[] = [];
  readonly proven = new Set<Root>();
  provenRootAt: (slot: Slot) => Root | null = () => null;
  verdictOf: (data: AttestationData) => RefereeVerdict = () => ({
    kind: "not_provable",
    values: ["source", "target", "head"],
  });

  judge(data: AttestationData): RefereeVerdict {
    this.judged.push(data);
    return this.verdictOf(data);
  }

  isProven(blockRoot: Root): boolean {
    return this.proven.has(blockRoot);
  }
}
