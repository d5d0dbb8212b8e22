import type {SlashingProtection, Verdict} from "@mote/core";
import {
  ProtectionChecker,
  type ProtectionStoreUnderTest,
  type SignedProposal,
  type SignedVote,
  testProposal,
  testPubkey,
  testVote,
} from "@mote/testing";
import fc from "fast-check";

export type Request =
  | {
      readonly kind: "vote";
      readonly key: number;
      readonly source: number;
      readonly target: number;
      readonly root: number;
    }
  /** A vote ahead of all others of its key, as honest validators make them. */
  | {readonly kind: "forward"; readonly key: number; readonly skip: number}
  | {readonly kind: "block"; readonly key: number; readonly slot: number; readonly root: number};

/** Requests made at once, then perhaps a restart. */
export interface Step {
  readonly requests: readonly Request[];
  readonly restart: boolean;
}

const small = (max: number) => fc.integer({min: 0, max});
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({kind: fc.constant("vote" as const), key: small(1), source: small(24), target: small(30), root: small(1)}),
  fc.record({kind: fc.constant("forward" as const), key: small(1), skip: small(2)}),
  fc.record({kind: fc.constant("block" as const), key: small(1), slot: small(30), root: small(1)}),
);

export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.record({requests: fc.array(request, {minLength: 1, maxLength: 6}), restart: fc.boolean()}),
  {minLength: 1, maxLength: 40},
);

/** Plays a history on a new store. Throws an AssertionError when the store decided wrongly. */
export async function playHistory(
  store: ProtectionStoreUnderTest,
  history: readonly Step[],
  init: {readonly retainEpochs: number},
): Promise<void> {
  const checker = new ProtectionChecker(init);
  const newestTargets = new Map<number, number>();
  let protection = await store.open();
  try {
    for (const step of history) {
      const messages = step.requests.map((asked) => ({asked, message: messageOf(asked, newestTargets)}));
      const verdicts = await Promise.all(messages.map(({asked, message}) => record(protection, asked, message)));
      for (const [index, {asked, message}] of messages.entries()) {
        const verdict = verdicts[index] as Verdict;
        const pubkey = testPubkey(asked.key);
        if ("slot" in message) checker.afterBlock(pubkey, message, verdict);
        else checker.afterAttestation(pubkey, message, verdict);
      }
      if (step.restart) {
        await protection.close();
        protection = await store.open();
      }
    }
  } finally {
    await protection.close();
  }
}

function messageOf(asked: Request, newestTargets: Map<number, number>): SignedVote | SignedProposal {
  if (asked.kind === "block") return testProposal(asked.slot, asked.root);
  const newest = newestTargets.get(asked.key) ?? 0;
  const target = asked.kind === "forward" ? newest + 1 + asked.skip : asked.target;
  const source = asked.kind === "forward" ? newest : asked.source;
  newestTargets.set(asked.key, Math.max(newest, target));
  return testVote(source, target, source * 1000 + target * 2 + (asked.kind === "forward" ? 0 : asked.root));
}

function record(
  protection: SlashingProtection,
  {key}: Request,
  message: SignedVote | SignedProposal,
): Promise<Verdict> {
  const pubkey = testPubkey(key);
  return "slot" in message ? protection.recordBlock(pubkey, message) : protection.recordAttestation(pubkey, message);
}
