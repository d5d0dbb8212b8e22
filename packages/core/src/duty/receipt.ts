import type {FailureReason} from "./failure-reason.ts";

/** What one path (a beacon node, later gossip) did with one message. */
export interface PublishReceipt {
  readonly path: string;
  readonly kind: "accepted" | "refused" | "unanswered";
  /** Empty when accepted. */
  readonly detail: string;
}

/** The best of all paths; "already known" is acceptance. */
export type PublishOutcome =
  | {readonly kind: "accepted"; readonly atMs: number; readonly receipts: readonly PublishReceipt[]}
  | {
      readonly kind: "failed";
      readonly reason: Extract<FailureReason, "PUBLISH_REFUSED" | "PUBLISH_UNANSWERED">;
      readonly receipts: readonly PublishReceipt[];
    };
