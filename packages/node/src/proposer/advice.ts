import {abbreviate, type Log, type ProposerSettings, type Pubkey} from "@mote/core";
import {someOf} from "@mote/duties";
import {START_OPTIONS} from "../config/index.ts";

const FEE_RECIPIENT = `--${START_OPTIONS.suggestedFeeRecipient.name}`;

export interface AdviceInit {
  /** The keys that are signed with here. */
  readonly pubkeys: readonly Pubkey[];
  /** Those that the settings file has words for. */
  readonly namedInFile: readonly Pubkey[];
  readonly settingsOf: (pubkey: Pubkey) => ProposerSettings;
}

/** Says of settings that can be used what their writer probably did not mean. */
export function advise({pubkeys, namedInFile, settingsOf}: AdviceInit, {log}: {readonly log: Log}): void {
  const all = pubkeys.map((pubkey) => ({pubkey, ...settingsOf(pubkey)}));
  const without = all.filter(({feeRecipient}) => feeRecipient === null);
  if (without.length > 0) {
    const lost = without.some(({builder}) => builder.isEnabled) ? ", and no builder is asked" : "";
    log.warn(
      `no fee recipient is set${whose(without, all.length)}: the fees of these blocks go where the beacon node says, unchecked${lost}; give ${FEE_RECIPIENT}`,
    );
  }
  const burning = all.filter(({feeRecipient}) => feeRecipient !== null && /^0x0*$/.test(feeRecipient));
  if (burning.length > 0)
    log.warn(
      `the fee recipient${whose(burning, all.length)} is the zero address: the fees of these blocks are lost to everyone; check ${FEE_RECIPIENT} and the settings file`,
    );
  const ours = new Set(pubkeys);
  const strangers = namedInFile.filter((pubkey) => !ours.has(pubkey));
  if (strangers.length > 0)
    log.info(`--${START_OPTIONS.proposerSettingsFile.name} has words for ${keys(strangers.length)} not in use here`, {
      keys: someOf(strangers.map(abbreviate)),
    });
}

const keys = (count: number): string => (count === 1 ? "a key that is" : `${count} keys that are`);

/** Nothing when it holds for all keys. */
const whose = (some: readonly {readonly pubkey: Pubkey}[], allCount: number): string =>
  some.length === allCount
    ? ""
    : ` for ${some.length} of ${allCount} keys (${someOf(some.map(({pubkey}) => abbreviate(pubkey)))})`;
