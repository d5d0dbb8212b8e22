import type {ProposerSettings, Pubkey} from "@mote/core";
import {START_OPTIONS} from "../config/index.ts";
import {type Finding, fine, warning} from "./finding.ts";

const TITLE = "fee recipient";
const OPTION = `--${START_OPTIONS.suggestedFeeRecipient.name}`;

/** @param settingsOf what files and flags say of a key */
export function checkFeeRecipient(
  pubkeys: readonly Pubkey[],
  {
    defaults,
    settingsOf,
  }: {readonly defaults: ProposerSettings; readonly settingsOf: (pubkey: Pubkey) => ProposerSettings},
): Finding {
  const all = pubkeys.length === 0 ? [defaults] : pubkeys.map(settingsOf);
  const without = all.filter(({feeRecipient}) => feeRecipient === null).length;
  const burning = all.filter(({feeRecipient}) => feeRecipient !== null && /^0x0*$/.test(feeRecipient)).length;
  const of = (count: number): string => (count === all.length ? "" : ` for ${count} of ${all.length} keys`);
  if (burning > 0) {
    return warning(
      TITLE,
      `the zero address${of(burning)}: the fees of these blocks are lost to everyone`,
      `Give your own address by ${OPTION}.`,
    );
  }
  if (without > 0) {
    return warning(
      TITLE,
      `none is set${of(without)}: the fees of these blocks go where the beacon node says`,
      `Give your own address by ${OPTION}.`,
    );
  }
  const addresses = new Set(all.map(({feeRecipient}) => feeRecipient));
  return fine(
    TITLE,
    addresses.size === 1 ? String([...addresses][0]) : `${addresses.size} addresses for ${all.length} keys`,
  );
}
