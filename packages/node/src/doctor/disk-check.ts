import type {DiskFacts} from "./disk-probe.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

const FREE_WARN_BYTES = 2 ** 30;
const FREE_FAIL_BYTES = 100 * 2 ** 20;
/** Each batch of votes waits for one write. */
const MEDIAN_WARN_MS = 50;
const P99_WARN_MS = 500;
const MEDIAN_FAIL_MS = 1_000;

export function checkDiskSpeed({folder, problem, writesMs}: DiskFacts): Finding {
  const title = "disk speed";
  if (problem !== null) {
    return failure(
      title,
      `${folder} cannot be written to: ${problem}`,
      "Let the user that runs Mote write there, or choose another --datadir.",
    );
  }
  const [medianMs, p99Ms] = [percentile(writesMs, 0.5), percentile(writesMs, 0.99)];
  const detail = `a safe write in ${folder} takes ${msText(medianMs)} (p99 ${msText(p99Ms)}, ${writesMs.length} writes)`;
  const advice = "Each vote waits for such a write: put --datadir on an SSD, or find what else keeps the disk busy.";
  if (medianMs > MEDIAN_FAIL_MS) return failure(title, detail, advice);
  return medianMs > MEDIAN_WARN_MS || p99Ms > P99_WARN_MS ? warning(title, detail, advice) : fine(title, detail);
}

export function checkDiskSpace({folder, freeBytes}: DiskFacts): Finding {
  const title = "disk space";
  const detail = `${sizeText(freeBytes)} free for ${folder}`;
  const advice = "Make room: on a full disk nothing can be recorded, and so nothing is signed.";
  if (freeBytes < FREE_FAIL_BYTES) return failure(title, detail, advice);
  return freeBytes < FREE_WARN_BYTES ? warning(title, detail, advice) : fine(title, detail);
}

const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;

const msText = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);

export const sizeText = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
