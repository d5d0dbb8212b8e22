import {type ContractCheck, contractOf} from "../contract/contract.ts";
import {CONCURRENCY_CHECKS} from "./concurrency-checks.ts";
import {EDGE_CHECKS} from "./edge-checks.ts";
import {EXPORT_CHECKS} from "./export-checks.ts";
import {IMPORT_CHECKS} from "./import-checks.ts";
import {LOOKUP_CHECKS} from "./lookup-checks.ts";
import {PROPOSAL_CHECKS} from "./proposal-checks.ts";
import type {NewProtectionStore, ProtectionStoreUnderTest} from "./protection-trial.ts";
import {VOTE_CHECKS} from "./vote-checks.ts";

const GROUPS = {
  attestations: VOTE_CHECKS,
  blocks: PROPOSAL_CHECKS,
  "what is known of a key": LOOKUP_CHECKS,
  imports: IMPORT_CHECKS,
  exports: EXPORT_CHECKS,
  "requests at once": CONCURRENCY_CHECKS,
  "its edges": EDGE_CHECKS,
} as const;

export const SLASHING_PROTECTION_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] =
  Object.values(GROUPS).flat();

/** What every adapter of the port `SlashingProtection` has to do. Called within a `describe`; the store retains at least 100 epochs. */
export function slashingProtectionContract(newStore: NewProtectionStore): void {
  for (const [group, checks] of Object.entries(GROUPS)) {
    describe(group, () => contractOf(checks)(() => newStore()));
  }
}
