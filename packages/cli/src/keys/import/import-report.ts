import type {ImportReport, Pubkey} from "@mote/core";
import type {FailedKeystore} from "@mote/duty-signing";
import {counted} from "../../command/say.ts";

const KEYS_SHOWN_MAX = 20;

export interface KeysImportReport {
  readonly imported: readonly {readonly pubkey: Pubkey; readonly isEnabled: boolean}[];
  /** They were in the folder, or came twice. */
  readonly duplicates: readonly Pubkey[];
  readonly failed: readonly FailedKeystore[];
  /** What `--slashing-protection` brought. */
  readonly slashingProtection: ImportReport | null;
}

export function importedText(
  {imported, duplicates, failed, slashingProtection}: KeysImportReport,
  keystoresDir: string,
): string {
  const lines = [`imported ${counted(imported.length, "key")} into ${keystoresDir}`];
  const shown = imported.map(({pubkey, isEnabled}) => `  ${pubkey}${isEnabled ? "" : "  disabled, as it was"}`);
  lines.push(...bounded(shown, "key"));
  if (slashingProtection !== null) {
    lines.push(`what ${counted(slashingProtection.keys.length, "key")} had signed was taken over before`);
  }
  if (duplicates.length > 0) {
    lines.push(`${counted(duplicates.length, "key")} ${duplicates.length === 1 ? "was" : "were"} there already:`);
    lines.push(
      ...bounded(
        duplicates.map((pubkey) => `  ${pubkey}`),
        "key",
      ),
    );
  }
  if (failed.length > 0) {
    lines.push(`${counted(failed.length, "keystore")} could not be imported:`);
    lines.push(...failed.map(({file, detail, reason}) => `  ${file}: ${detail} (${reason})`));
  }
  return `${lines.join("\n")}\n`;
}

function bounded(lines: readonly string[], noun: string): readonly string[] {
  const more = lines.length - KEYS_SHOWN_MAX;
  return more > 0
    ? [...lines.slice(0, KEYS_SHOWN_MAX), `  … and ${counted(more, `more ${noun}`)}: --json shows all`]
    : lines;
}
