import {RefusedError} from "./answer.ts";
import type {Added, Gathering} from "./share-pool.ts";

/** @throws {RefusedError} 400 that names each item that was refused, when there is one */
export function takenOrRefused(added: readonly Added[]): readonly Gathering[] {
  const failures = added.flatMap((each, index) => (each.kind === "refused" ? [{index, message: each.reason}] : []));
  if (failures.length > 0) throw new RefusedError(400, failures[0]?.message ?? "refused", failures);
  return added.flatMap((each) => (each.kind === "taken" ? [each.gathering] : []));
}
