import type {Pubkey, Root, SlashingProtection, Verdict} from "@mote/core";
import {override} from "../contract/override.ts";
import type {FakeSigner} from "./fake-signer.ts";

/**
 * Stands between whoever signs votes and blocks and its two collaborators, and knows one rule: at the moment the signer is called, a
 * verdict that allows exactly this signing root for this key has already been given.
 */
export class RecordBeforeSignChecker {
  /** One line for each signature that was asked for too early or against the verdict. */
  readonly violations: string[] = [];
  readonly protection: SlashingProtection;
  readonly #allowed = new Set<string>();

  constructor({protection, signer}: {readonly protection: SlashingProtection; readonly signer: FakeSigner}) {
    this.protection = override(protection, {
      recordAttestation: async (pubkey, vote) =>
        this.#note(pubkey, vote.signingRoot, await protection.recordAttestation(pubkey, vote)),
      recordBlock: async (pubkey, proposal) =>
        this.#note(pubkey, proposal.signingRoot, await protection.recordBlock(pubkey, proposal)),
    });
    signer.onSign = ({pubkey, signingRoot}) => {
      if (!this.#allowed.has(`${pubkey} ${signingRoot}`))
        this.violations.push(`${pubkey} signed ${signingRoot} unrecorded`);
    };
  }

  #note(pubkey: Pubkey, signingRoot: Root, verdict: Verdict): Verdict {
    if (verdict.kind !== "refused") this.#allowed.add(`${pubkey} ${signingRoot}`);
    return verdict;
  }
}
