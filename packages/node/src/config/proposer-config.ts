import type {ProposerSettings} from "@mote/core";
import type {Values} from "./option.ts";
import type {START_OPTIONS} from "./options.ts";
import type {Settings} from "./settings.ts";

/** How blocks shall be. Paths are absolute. */
export interface ProposerConfig {
  /** For every key of which the files say nothing else. */
  readonly defaults: ProposerSettings;
  readonly settingsFile: string | null;
  readonly graffitiFile: string | null;
}

export function proposerConfig(
  values: Values<typeof START_OPTIONS>,
  absolute: Settings<typeof START_OPTIONS>["absolute"],
): ProposerConfig {
  const {suggestedFeeRecipient: feeRecipient, gasLimit, graffiti, proposerSettingsFile, graffitiFile} = values;
  const builder = {isEnabled: values.builderProposals, boostFactor: values.builderBoostFactor};
  return {
    defaults: {feeRecipient, gasLimit, graffiti, builder},
    settingsFile: proposerSettingsFile === null ? null : absolute(proposerSettingsFile),
    graffitiFile: graffitiFile === null ? null : absolute(graffitiFile),
  };
}
