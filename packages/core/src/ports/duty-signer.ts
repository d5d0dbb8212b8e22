import type {FailureReason} from "../duty/failure-reason.ts";
import type {Pubkey, Root, Signature, Slot} from "../primitives.ts";
import type {AggregateAndProof, AttestationData, AttesterDuty} from "./types.ts";

export type SignOutcome =
  | {
      readonly kind: "signed";
      readonly signature: Signature;
      readonly signingRoot: Root;
      /** Unix ms at which slashing protection had it on disk; absent for messages that cannot be slashed. */
      readonly recordedMs?: number;
      readonly signedMs: number;
    }
  | {readonly kind: "refused"; readonly reason: FailureReason; readonly detail: string};

/** What duties see of the keys: one method a message. The signing gate (duty-signing) implements it. Never rejects: a failure is an outcome. */
export interface DutySigner {
  /** Signs the same data for the duties of one slot. One failure never stops the others; results are in the order of `duties`. */
  signAttestations(
    data: AttestationData,
    duties: readonly AttesterDuty[],
  ): Promise<readonly {readonly duty: AttesterDuty; readonly outcome: SignOutcome}[]>;
  signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome>;
  signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome>;
}
