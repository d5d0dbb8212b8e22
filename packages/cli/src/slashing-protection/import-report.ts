import type {ImportCounts, ImportReport, KeyImportReport} from "@mote/core";

const KEYS_SHOWN_MAX = 20;

/** The report for people: totals, and the first keys that there is something to say of. */
export function importText({keys}: ImportReport, storeName: string): string {
  const lines = [
    `imported ${count(keys.length, "key")} into the slashing protection at ${storeName}`,
    `  votes   ${countsText(total(keys.map(({attestations}) => attestations)))}`,
    `  blocks  ${countsText(total(keys.map(({blocks}) => blocks)))}`,
  ];
  const notable = keys.filter(isNotable);
  if (notable.length > 0) lines.push("", ...notable.slice(0, KEYS_SHOWN_MAX).map(keyText));
  const more = notable.length - KEYS_SHOWN_MAX;
  if (more > 0) lines.push(`… and ${count(more, "more key")} like these: --json shows all`);
  return `${lines.join("\n")}\n`;
}

/** A warning for each key that cannot sign any more, bounded too. */
export function blockedWarnings({keys}: ImportReport): readonly string[] {
  const blocked = keys.filter(({isBlocked}) => isBlocked);
  const warnings = blocked
    .slice(0, KEYS_SHOWN_MAX)
    .map(
      ({pubkey}) =>
        `${pubkey} is blocked: its history has an epoch or slot above 2^53−1, so it signs nothing of that kind any more`,
    );
  const more = blocked.length - KEYS_SHOWN_MAX;
  return more > 0 ? [...warnings, `${count(more, "more key")} are blocked too: --json shows all`] : warnings;
}

function total(all: readonly ImportCounts[]): ImportCounts {
  const sum = (of: (counts: ImportCounts) => number) => all.reduce((so, counts) => so + of(counts), 0);
  return {
    added: sum(({added}) => added),
    known: sum(({known}) => known),
    belowMinimum: sum(({belowMinimum}) => belowMinimum),
  };
}

const isNotable = ({attestations, blocks, isBlocked}: KeyImportReport): boolean =>
  isBlocked || attestations.belowMinimum + blocks.belowMinimum > 0;

function keyText({pubkey, attestations, blocks, isBlocked}: KeyImportReport): string {
  const below = [
    attestations.belowMinimum > 0 ? count(attestations.belowMinimum, "vote") : "",
    blocks.belowMinimum > 0 ? count(blocks.belowMinimum, "block") : "",
  ].filter((text) => text !== "");
  const parts = [isBlocked ? "BLOCKED" : "", below.length > 0 ? `${below.join(" and ")} below its minimum` : ""];
  return `${pubkey}  ${parts.filter((text) => text !== "").join(", ")}`;
}

const countsText = ({added, known, belowMinimum}: ImportCounts): string =>
  `${added} added, ${known} known before, ${belowMinimum} at or below a key's minimum (refused anyway, not kept)`;

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
