import {
  bad,
  integerFrom,
  type OptionTable,
  ok,
  one,
  oneOf,
  type Parsed,
  parseKeyRanges,
  parseText,
  START_OPTIONS,
  STORE_OPTIONS,
  toggle,
} from "@mote/node/config";
import {JSON_OUTPUT, MNEMONIC_OPTIONS, optionalBeaconNodes, YES} from "../command/common-options.ts";

/** More keys at once than this is a slip of the finger. */
export const KEYS_MAX = 10_000;
/** EIP-2334 allows more, and no wallet counts so far. */
const INDEX_MAX = 1_000_000;
/** How far a mnemonic is looked through when nobody says. */
const LOOK_THROUGH_DEFAULT = 20;

const mnemonic = "The mnemonic";
const keystores = "The keystores";
const which = "Which keys";
const history = "What they have signed";

/** Those of `@mote/duty-signing`, which must not be loaded before the preset is settled: options come first. */
export const LANGUAGES = [
  "english",
  "spanish",
  "french",
  "italian",
  "portuguese",
  "czech",
  "japanese",
  "korean",
  "chinese-simplified",
  "chinese-traditional",
] as const;

const WORD_COUNTS = ["12", "15", "18", "21", "24"] as const;
export type WordCount = 12 | 15 | 18 | 21 | 24;

const parseWordCount = (text: string): Parsed<WordCount> => {
  const parsed = oneOf(...WORD_COUNTS)(text);
  return parsed.kind === "ok" ? ok(Number(parsed.value) as WordCount) : parsed;
};

function parseIndices(text: string): Parsed<readonly number[]> {
  const parsed = parseKeyRanges(text);
  if (parsed.kind === "bad") return bad(`${parsed.problem.replace("0..63", "0-9 or 3,5")}`);
  return parsed.value.length > KEYS_MAX ? bad(`names more than ${KEYS_MAX} keys`) : parsed;
}

/** Where the keys are kept: common to all commands. */
export const FOLDER_OPTIONS = {
  ...STORE_OPTIONS,
  keystoresDir: START_OPTIONS.keystoresDir,
  secretsDir: START_OPTIONS.secretsDir,
} satisfies OptionTable;

const all = toggle({name: "all", group: which, help: "All keys of the folder."});

const LOCKING_OPTIONS = {
  passwordFile: one(parseText, null, {
    name: "password-file",
    group: keystores,
    placeholder: "<file>",
    fallbackText: "asked for twice",
    help: "File with the password that locks the new keystores: 8 characters or more.",
  }),
  kdf: one(oneOf("scrypt", "pbkdf2"), "scrypt", {
    name: "kdf",
    group: keystores,
    placeholder: "<scrypt|pbkdf2>",
    fallbackText: "scrypt",
    help: "How the password is made slow to guess. pbkdf2 needs little memory, which suits small machines with many keys.",
  }),
} satisfies OptionTable;

export const NEW_OPTIONS = {
  ...FOLDER_OPTIONS,
  count: one(integerFrom(1, KEYS_MAX), 1, {
    name: "count",
    group: which,
    placeholder: "<n>",
    fallbackText: "1",
    help: "How many validators.",
  }),
  startIndex: one(integerFrom(0, INDEX_MAX), null, {
    name: "start-index",
    group: which,
    placeholder: "<n>",
    fallbackText: "0",
    help: "The index of the first key. Of a mnemonic that is in use: the first free one, which mote keys recover tells.",
  }),
  words: one(parseWordCount, 24, {
    name: "words",
    group: mnemonic,
    placeholder: `<${WORD_COUNTS.join("|")}>`,
    fallbackText: "24",
    help: "How many words a new mnemonic has.",
  }),
  language: one(oneOf(...LANGUAGES), "english", {
    name: "language",
    group: mnemonic,
    placeholder: "<language>",
    fallbackText: "english",
    help: `Language of a new mnemonic: ${LANGUAGES.join(", ")}.`,
  }),
  writeMnemonic: one(parseText, null, {
    name: "write-mnemonic",
    group: mnemonic,
    placeholder: "<file>",
    help: "Write the new mnemonic to this file, which only you may read, rather than show it and ask for it back.",
  }),
  existingMnemonic: toggle({
    name: "existing-mnemonic",
    group: mnemonic,
    help: "More keys from a mnemonic that you have; needs --start-index.",
  }),
  ...MNEMONIC_OPTIONS,
  mnemonicFile: {
    ...MNEMONIC_OPTIONS.mnemonicFile,
    fallbackText: "",
    help: "The same, with the mnemonic in this file, which only you may read.",
  },
  ...LOCKING_OPTIONS,
} satisfies OptionTable;

export const RECOVER_OPTIONS = {
  ...FOLDER_OPTIONS,
  indices: one(parseIndices, null, {
    name: "indices",
    group: which,
    placeholder: "<0-9>",
    fallbackText: "none: they are only listed",
    help: "The keys to write into the folder, such as 0-9 or 3,5.",
  }),
  lookThrough: one(integerFrom(1, 1000), LOOK_THROUGH_DEFAULT, {
    name: "look-through",
    group: which,
    placeholder: "<n>",
    fallbackText: `${LOOK_THROUGH_DEFAULT}`,
    help: "How many indices are looked through for keys in use.",
  }),
  ...optionalBeaconNodes("Ask this beacon node too which of the keys are validators on chain."),
  ...MNEMONIC_OPTIONS,
  ...LOCKING_OPTIONS,
  json: JSON_OUTPUT,
} satisfies OptionTable;

export const IMPORT_OPTIONS = {
  ...FOLDER_OPTIONS,
  slashingProtection: one(parseText, null, {
    name: "slashing-protection",
    group: history,
    placeholder: "<file>",
    help: "What the keys have signed, as their client exported it (EIP-3076). It is taken in before the keys are.",
  }),
  neverSigned: toggle({
    name: "never-signed",
    group: history,
    help: "No key without such a history has ever signed anything.",
  }),
  passwordFile: one(parseText, null, {
    name: "password-file",
    group: keystores,
    placeholder: "<file>",
    fallbackText: "asked for",
    help: "File with the password of the keystores that lie there without one; of a Prysm wallet, the wallet's.",
  }),
  passwordsDir: one(parseText, null, {
    name: "passwords-dir",
    group: keystores,
    placeholder: "<dir>",
    fallbackText: "found beside the keystores",
    help: "Folder with one password a keystore: 0x<pubkey>, or the keystore's name with .txt at the end.",
  }),
  kdf: {...LOCKING_OPTIONS.kdf, help: `For keys of a Prysm wallet, which are locked anew. ${LOCKING_OPTIONS.kdf.help}`},
  json: JSON_OUTPUT,
} satisfies OptionTable;

export const LIST_OPTIONS = {...FOLDER_OPTIONS, json: JSON_OUTPUT} satisfies OptionTable;
export const SWITCH_OPTIONS = {...FOLDER_OPTIONS, all} satisfies OptionTable;

export const REMOVE_OPTIONS = {
  ...FOLDER_OPTIONS,
  all,
  yes: YES,
  export: one(parseText, null, {
    name: "export",
    group: history,
    placeholder: "<file>",
    fallbackText: "slashing-protection-removed-<time>.json in the datadir",
    help: "Where the history of the removed keys goes.",
  }),
} satisfies OptionTable;
