import type {Pubkey, Root, SlashingProtection, Verdict} from "@mote/core";
import {override} from "../contract/override.ts";
import type {FakeSigner} from "./fake-signer.ts";

/** The records that slashing protection keeps; messages of other kinds need none. */
export type RecordKind = "vote" | "block";

export interface RecordBeforeSignCheckerInit {
  /** Which record the message with this signing root needs; null when none. */
  readonly neededRecord: (signingRoot: Root) => RecordKind | null;
}

/**
 * Stands between whoever signs votes and blocks and its two collaborators, and knows one rule: at the moment the signer is called, a
 * verdict on a record of the right kind that allows exactly this signing root for this key has already been given.
 */
export class RecordBeforeSignChecker {
  /** One line for each signature that was asked for too early or against the verdict. */
  readonly violations: string[] = [];
  readonly protection: SlashingProtection;
  readonly #allowed = new Set<string>();

  constructor(
    init: RecordBeforeSignCheckerInit,
    {protection, signer}: {readonly protection: SlashingProtection; readonly signer: FakeSigner},
  ) {
    this.protection = override(protection, {
      recordAttestation: async (pubkey, vote) =>
        this.#note("vote", pubkey, vote.signingRoot, await protection.recordAttestation(pubkey, vote)),
      recordBlock: async (pubkey, proposal) =>
        this.#note("block", pubkey, proposal.signingRoot, await protection.recordBlock(pubkey, proposal)),
    });
    signer.onSign = ({pubkey, signingRoot}) => {
      const kind = init.neededRecord(signingRoot);
      if (kind !== null && !this.#allowed.has(`${kind} ${pubkey} ${signingRoot}`))
        this.violations.push(`${pubkey} signed ${kind} ${signingRoot} unrecorded`);
    };
  }

  #note(kind: RecordKind, pubkey: Pubkey, signingRoot: Root, verdict: Verdict): Verdict {
    if (verdict.kind !== "refused") this.#allowed.add(`${kind} ${pubkey} ${signingRoot}`);
    return verdict;
  }
}
