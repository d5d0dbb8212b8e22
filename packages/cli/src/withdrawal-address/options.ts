import {integerFrom, type OptionTable, one, parseText, toggle} from "@mote/node/config";
import {
  BEACON_NODES,
  CHAIN_OPTIONS,
  JSON_OUTPUT,
  KEY_FOLDER_OPTIONS,
  MNEMONIC_OPTIONS,
  TO_FOLDER,
  YES,
} from "../command/common-options.ts";
import {parseIndices} from "../deposit/options.ts";

const change = "The change";

export const WITHDRAWAL_ADDRESS_OPTIONS = {
  ...CHAIN_OPTIONS,
  address: one(parseText, null, {
    name: "address",
    aliases: ["withdrawal-address", "execution-address"],
    group: change,
    placeholder: "<0x…>",
    fallbackText: "asked for twice",
    help: "The address that the money will go to. It can never be changed again.",
  }),
  indices: one(parseIndices, null, {
    name: "indices",
    group: "The mnemonic",
    placeholder: "<0-9>",
    fallbackText: "0",
    help: "Which keys of the mnemonic, such as 0-9 or 3,5.",
  }),
  ...MNEMONIC_OPTIONS,
  withdrawalKeystore: one(parseText, null, {
    name: "withdrawal-keystore",
    group: "The withdrawal key",
    placeholder: "<file>",
    fallbackText: "derived from the mnemonic",
    help: "A keystore that has the withdrawal key, and not the signing key; needs --validator-index.",
  }),
  passwordFile: {
    ...KEY_FOLDER_OPTIONS.passwordFile,
    group: "The withdrawal key",
    fallbackText: "asked for",
    help: "File with the password of that keystore.",
  },
  ...BEACON_NODES,
  presign: toggle({
    name: "presign",
    group: change,
    help: "Publish nothing: write bls_to_execution_changes-<time>.json, which anybody can publish.",
  }),
  validatorIndex: one(integerFrom(0, 2 ** 40), null, {
    name: "validator-index",
    group: change,
    placeholder: "<n>",
    fallbackText: "the beacon node is asked",
    help: "The index of the one validator: of --withdrawal-keystore, and so that --presign needs no beacon node.",
  }),
  to: TO_FOLDER("The folder for the file of --presign.", "where you are"),
  yes: YES,
  json: JSON_OUTPUT,
} satisfies OptionTable;
