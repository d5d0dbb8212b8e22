import assert from "node:assert/strict";
import type {Epoch, Pubkey, RefusalReason, Root, SlashingProtection, Slot, Verdict} from "@mote/core";
import type {ContractCheck, UnderTest} from "../contract/contract.ts";
import type {SignedProposal, SignedVote} from "./slashability.ts";

/** One store that outlives its openings. At most one opening exists at a time. */
export interface ProtectionStoreUnderTest extends UnderTest {
  open(): Promise<SlashingProtection>;
  /** Called once, with everything closed. */
  destroy(): Promise<void>;
}

export const testPubkey = (n: number): Pubkey => `0x${n.toString(16).padStart(96, "0")}` as Pubkey;
export const testRoot = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;

export const testVote = (source: number, target: number, root = source * 1000 + target): SignedVote => ({
  sourceEpoch: source as Epoch,
  targetEpoch: target as Epoch,
  signingRoot: testRoot(root),
});

export const testProposal = (slot: number, root = slot): SignedProposal => ({
  slot: slot as Slot,
  signingRoot: testRoot(root),
});

export const ACCEPTED: Verdict = {kind: "accepted"};
export const ALREADY_SIGNED: Verdict = {kind: "already_signed"};
/** The key that a trial is about. */
export const KEY = testPubkey(1);

/** One check's openings of a store. */
export class ProtectionTrial {
  #protection: SlashingProtection;
  readonly #store: ProtectionStoreUnderTest;

  private constructor(store: ProtectionStoreUnderTest, protection: SlashingProtection) {
    this.#store = store;
    this.#protection = protection;
  }

  static async begin(store: ProtectionStoreUnderTest): Promise<ProtectionTrial> {
    return new ProtectionTrial(store, await store.open());
  }

  /** The opening of now. */
  get protection(): SlashingProtection {
    return this.#protection;
  }

  async reopen(): Promise<void> {
    await this.#protection.close();
    this.#protection = await this.#store.open();
  }

  async accept(...votes: readonly SignedVote[]): Promise<void> {
    for (const vote of votes) assert.deepEqual(await this.#protection.recordAttestation(KEY, vote), ACCEPTED);
  }

  async refuses(vote: SignedVote, reason: RefusalReason, against?: SignedVote): Promise<void> {
    const verdict = await this.#protection.recordAttestation(KEY, vote);
    assert(verdict.kind === "refused", `${JSON.stringify(vote)} was ${verdict.kind}`);
    assert.equal(verdict.reason, reason);
    if (against !== undefined) assert.deepEqual(verdict.conflict, {kind: "attestation", ...against});
  }

  async end(): Promise<void> {
    await this.#protection.close();
    await this.#store.destroy();
  }
}

export const protectionCheck = (
  name: string,
  run: (trial: ProtectionTrial) => Promise<void>,
): ContractCheck<ProtectionStoreUnderTest> => ({
  name,
  run: async (store) => {
    const trial = await ProtectionTrial.begin(store);
    try {
      await run(trial);
    } finally {
      await trial.end();
    }
  },
});
