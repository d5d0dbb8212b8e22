import type {DutyKey, DutyRecord, DutyStage} from "../duty/duty-record.ts";
import type {FailureReason} from "../duty/failure-reason.ts";
import type {Cancel} from "./clock.ts";

/**
 * Keeps the record of every duty from the moment it is known to its end. Log line, metric and, later, dashboard and ledger read it;
 * nothing else watches a duty. What is told of a duty that was never opened is dropped.
 */
export interface DutyJournal {
  /**
   * A duty to do at `dueMs` (Unix ms). Opening it again changes nothing, neither while it is open nor, as long as its slot is not over, once it
   * was closed or failed: duties are asked for in the middle of a slot too. One that was withdrawn begins anew.
   */
  open(duty: DutyKey, dueMs: number): void;
  /** The duty was withdrawn before anything was signed (its dependent root changed, its validator left). Ignored once `recorded` was reached. */
  withdraw(duty: DutyKey): void;
  /** The duty got this far at `atMs` (Unix ms). A stage reached twice keeps its first time. */
  reached(duty: DutyKey, stage: DutyStage, atMs: number): void;
  /** A reorg took the block that had the vote: the stage is open again. */
  undone(duty: DutyKey, stage: "included"): void;
  /** The duty ended well. */
  close(duty: DutyKey): void;
  /** The duty ended without its effect. A duty that was closed or failed before stays as it was. */
  fail(duty: DutyKey, reason: FailureReason, detail: string): void;
  /**
   * One subscription a call. Called with the record at every change; the record may change afterwards: copy what you keep. Listeners must not
   * throw.
   */
  subscribe(listener: (record: DutyRecord) => void): Cancel;
}
