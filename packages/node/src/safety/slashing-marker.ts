import {readFile} from "node:fs/promises";
import {dirname, join} from "node:path";
import type {ValidatorIndex} from "@mote/core";
import {makeFolder, writeWhole} from "@mote/core/durable-files";

/** Of the file that says that validators were slashed; no node starts on a data directory that has it. */
export const SLASHING_MARKER_NAME = "slashed.json";

export interface SlashingMarker {
  /** Unix ms. */
  readonly atMs: number;
  readonly validatorIndices: readonly ValidatorIndex[];
  /** Who said so. */
  readonly evidence: string;
}

export const slashingMarkerPath = (datadir: string): string => join(datadir, SLASHING_MARKER_NAME);

/** What a person has to do before Mote signs again. */
export const slashingRemedy = (path: string): string =>
  "Find out why before anything signs again: look for a second signer with the same keys, or lost slashing protection records. " +
  `Remove the slashed validators' keys. Then delete ${path} and start Mote again`;

/**
 * Puts the marker in place such that a power cut does not take it away, and never half of it. One that is there already is replaced.
 * @throws when it cannot be written
 */
export async function writeSlashingMarker(path: string, marker: SlashingMarker): Promise<void> {
  const {atMs, validatorIndices, evidence} = marker;
  const content = {
    what: "validators of this node were slashed, so Mote signs nothing any more",
    when: new Date(atMs).toISOString(),
    validators: validatorIndices,
    evidence,
    "what to do": slashingRemedy(path),
  };
  await makeFolder(dirname(path));
  await writeWhole(path, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * What the marker tells, in one line; null when there is none. A file that cannot be read, or that tells nothing, is a marker too: only its absence
 * lets a node start.
 */
export async function readSlashingMarker(path: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    // No such file, or no such folder: nobody has put one there.
    return code === "ENOENT" || code === "ENOTDIR" ? null : "it cannot be read";
  }
  try {
    const {when, validators, evidence} = JSON.parse(text);
    if (Array.isArray(validators) && typeof when === "string" && typeof evidence === "string")
      return `validators ${validators.join(" ")}, ${when}, by ${evidence}`;
  } catch {
    // As below: it is not what Mote wrote.
  }
  return "its text is damaged";
}
