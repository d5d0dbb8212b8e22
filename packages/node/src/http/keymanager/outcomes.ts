import type {ItemResult} from "../../keys/validator-keys.ts";

/** As the API writes the result of an item. */
export const answerItem = (result: ItemResult<string>): {status: string; message?: string} =>
  result.status === "error"
    ? {status: "error", message: "message" in result ? result.message : ""}
    : {status: result.status};

/** How many items ended how: `{imported: 3, error: 1}`. */
export function countByStatus(results: readonly ItemResult<string>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const {status} of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
