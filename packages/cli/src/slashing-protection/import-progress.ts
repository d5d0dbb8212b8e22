import type {ImportProgress} from "@mote/core";

export function importProgressText({bytesRead, recordsRead, keys}: ImportProgress, fileSizeBytes: number): string {
  if (keys !== null) return `taking over ${keys.done} of ${keys.total} keys`;
  const percent = fileSizeBytes === 0 ? 100 : Math.min(100, Math.floor((100 * bytesRead) / fileSizeBytes));
  return `reading: ${percent} %, ${recordsRead} records`;
}
