import assert from "node:assert/strict";
import type {
  AttestationRecord,
  Epoch,
  ExportOptions,
  Pubkey,
  RefusalReason,
  Root,
  SlashingProtection,
  Slot,
  Verdict,
} from "@mote/core";
import type {ContractCheck, UnderTest} from "../contract/contract.ts";
import {textOf} from "./interchange-file.ts";
import type {SignedProposal, SignedVote} from "./slashability.ts";

/** One store that outlives its openings. At most one opening exists at a time. */
export interface ProtectionStoreUnderTest extends UnderTest {
  open(): Promise<SlashingProtection>;
  /** An empty store of the same kind, for the same chain, that retains as much. */
  another(): Promise<ProtectionStoreUnderTest>;
  /** Called once, with everything closed. */
  destroy(): Promise<void>;
}

/** Makes an empty store, of the chain with `TEST_GENESIS_VALIDATORS_ROOT` that forgets nothing in a test, when not told otherwise. */
export type NewProtectionStore = (init?: {
  readonly genesisValidatorsRoot?: Root;
  readonly retainEpochs?: number;
}) => Promise<ProtectionStoreUnderTest>;

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
  readonly #others: ProtectionTrial[] = [];

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

  async refuses(vote: SignedVote, reason: RefusalReason, against?: AttestationRecord): Promise<void> {
    const verdict = await this.#protection.recordAttestation(KEY, vote);
    assert(verdict.kind === "refused", `${JSON.stringify(vote)} was ${verdict.kind}`);
    assert.equal(verdict.reason, reason, JSON.stringify(vote));
    if (against !== undefined) assert.deepEqual(verdict.conflict, {kind: "attestation", ...against});
  }

  /** An empty store of the same kind, open until the trial ends. */
  async another(): Promise<ProtectionTrial> {
    const other = await ProtectionTrial.begin(await this.#store.another());
    this.#others.push(other);
    return other;
  }

  exported(pubkeys?: readonly Pubkey[], options?: ExportOptions): Promise<string> {
    return textOf(this.#protection.exportInterchange(pubkeys, options));
  }

  async end(): Promise<void> {
    for (const other of this.#others) await other.end();
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
