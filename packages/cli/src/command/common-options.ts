import {
  bad,
  NODE_ACCESS_OPTIONS,
  type OptionTable,
  ok,
  one,
  type Parsed,
  parseText,
  START_OPTIONS,
  STORE_OPTIONS,
  toggle,
} from "@mote/node/config";

const result = "What comes out";

/** Which chain, for commands that move the stake and touch no slashing protection. */
export const CHAIN_OPTIONS = {
  ...STORE_OPTIONS,
  acceptMainnet: {
    ...START_OPTIONS.acceptMainnet,
    help: "Do it with real money although nobody outside the project has audited Mote.",
  },
} satisfies OptionTable;

/** A command's options as its help shows them: what is read for its network's sake alone is left out. */
export function shownOptions(table: OptionTable): OptionTable {
  const hidden = new Set(["slashingProtectionUrl", "slashingProtectionPasswordFile"]);
  return Object.fromEntries(Object.entries(table).filter(([key]) => !hidden.has(key)));
}

/** Beacon nodes that are asked when they are named, and only then. @param help what they are asked for */
export const optionalBeaconNodes = (help: string) =>
  ({
    beaconNodes: {
      ...START_OPTIONS.beaconNodes,
      fallback: [] as readonly string[],
      fallbackText: "none is asked",
      help,
    },
    ...NODE_ACCESS_OPTIONS,
  }) satisfies OptionTable;

export const BEACON_NODES = {
  beaconNodes: {
    ...START_OPTIONS.beaconNodes,
    help: "Beacon nodes to ask and to publish through, comma-separated or repeated.",
  },
  ...NODE_ACCESS_OPTIONS,
} satisfies OptionTable;

export const KEY_FOLDER_OPTIONS = {
  keystoresDir: START_OPTIONS.keystoresDir,
  secretsDir: START_OPTIONS.secretsDir,
  passwordFile: one(parseText, null, {
    name: "password-file",
    group: "Keys",
    placeholder: "<file>",
    fallbackText: "the files of the secrets folder, else asked for",
    help: "File with one password that opens all of the keystores.",
  }),
} satisfies OptionTable;

export const MNEMONIC_OPTIONS = {
  mnemonicFile: one(parseText, null, {
    name: "mnemonic-file",
    group: "The mnemonic",
    placeholder: "<file>",
    fallbackText: "asked for",
    help: "File with the mnemonic, which only you may read.",
  }),
  passphrase: toggle({
    name: "passphrase",
    group: "The mnemonic",
    help: "Ask for a passphrase beside the words (BIP-39's 25th word).",
  }),
  passphraseFile: one(parseText, null, {
    name: "passphrase-file",
    group: "The mnemonic",
    placeholder: "<file>",
    help: "File with that passphrase.",
  }),
} satisfies OptionTable;

export const YES = toggle({name: "yes", group: result, help: "Do it without asking."});
export const JSON_OUTPUT = toggle({name: "json", group: result, help: "One JSON object on standard output."});

export const TO_FOLDER = (help: string, fallbackText: string) =>
  one(parseText, null, {name: "to", group: result, placeholder: "<dir>", fallbackText, help});

/** ETH as a person writes it, to the Gwei. */
export function parseEth(text: string): Parsed<bigint> {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return bad("is not an amount of ETH, such as 32 or 1.5, with up to 9 decimals");
  const [, whole = "", fraction = ""] = match;
  return ok(BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, "0")));
}
