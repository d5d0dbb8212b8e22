import {readFileSync} from "node:fs";
import {sizeText} from "./disk-check.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

/** A node with some hundred validators, without what keystores take while they are unlocked. */
const NODE_MEMORY_BYTES = 250 * 2 ** 20;
const OPEN_FILES_MIN = 1_024;

/** @param kdfMemoryBytes of the keystore that takes most; 0 when there is none that takes any */
export function checkMemory({
  availableBytes,
  kdfMemoryBytes,
}: {
  availableBytes: number;
  kdfMemoryBytes: number;
}): Finding {
  const title = "memory";
  const detail =
    kdfMemoryBytes === 0
      ? `${sizeText(availableBytes)} available`
      : `${sizeText(availableBytes)} available; unlocking a keystore takes ${sizeText(kdfMemoryBytes)}`;
  if (availableBytes < kdfMemoryBytes) {
    return failure(title, detail, "Free some memory, or make the keystores anew with pbkdf2: mote keys recover.");
  }
  if (availableBytes < kdfMemoryBytes + NODE_MEMORY_BYTES) {
    return warning(title, detail, "Free some memory: the start may be slow, or the system may end the process.");
  }
  return fine(title, detail);
}

/** @param limit null when it is not known, infinite when there is none */
export function checkOpenFiles(limit: number | null): Finding | null {
  const title = "open files";
  if (limit === null) return null;
  const detail = limit === Number.POSITIVE_INFINITY ? "no limit" : `up to ${limit}`;
  if (limit >= OPEN_FILES_MIN) return fine(title, detail);
  return warning(
    title,
    detail,
    `Raise it to ${OPEN_FILES_MIN} or more: ulimit -n, or LimitNOFILE= in the systemd unit.`,
  );
}

/** Of this process, as Linux tells it. */
export function readOpenFilesLimit(path = "/proc/self/limits"): number | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const soft = /^Max open files\s+(\S+)/m.exec(text)?.[1];
  if (soft === undefined) return null;
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
