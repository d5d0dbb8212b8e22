import {bad, type OptionTable, one, type Parsed, parseKeyRanges, parseText, toggle} from "@mote/node/config";
import {
  CHAIN_OPTIONS,
  JSON_OUTPUT,
  KEY_FOLDER_OPTIONS,
  MNEMONIC_OPTIONS,
  optionalBeaconNodes,
  parseEth,
  TO_FOLDER,
  YES,
} from "../command/common-options.ts";

const deposit = "The deposit";
const result = "What comes out";

/** `0-9` or `3,5`. */
export function parseIndices(text: string): Parsed<readonly number[]> {
  const parsed = parseKeyRanges(text);
  return parsed.kind === "bad" ? bad(parsed.problem.replace("0..63", "0-9 or 3,5")) : parsed;
}

const DEFAULT_GWEI = 32_000_000_000n;

export const DEPOSIT_OPTIONS = {
  ...CHAIN_OPTIONS,
  withdrawalAddress: one(parseText, null, {
    name: "withdrawal-address",
    aliases: ["execution-address", "eth1-withdrawal-address"],
    group: deposit,
    placeholder: "<0x…>",
    fallbackText: "asked for twice",
    help: "The address that the money will go to, an address of your own wallet. It can never be changed.",
  }),
  compounding: toggle({
    name: "compounding",
    group: deposit,
    help: "What the validator earns stays at work, up to 2048 ETH (0x02). Without it all above 32 ETH is paid out (0x01).",
  }),
  amount: one(parseEth, DEFAULT_GWEI, {
    name: "amount",
    group: deposit,
    placeholder: "<ETH>",
    fallbackText: "32",
    help: "From 1 to 2048, for each validator. It works from 32 on.",
  }),
  ...optionalBeaconNodes("Ask this beacon node first whether one of the keys is a validator already."),
  ...KEY_FOLDER_OPTIONS,
  fromMnemonic: toggle({
    name: "from-mnemonic",
    group: "The mnemonic",
    help: "Take the keys from their mnemonic, and not from the folder; needs --indices.",
  }),
  indices: one(parseIndices, null, {
    name: "indices",
    group: "The mnemonic",
    placeholder: "<0-9>",
    help: "Which keys of the mnemonic, such as 0-9 or 3,5.",
  }),
  ...MNEMONIC_OPTIONS,
  to: TO_FOLDER("The folder for deposit_data-<time>.json.", "the folder of the keystores"),
  asTransactions: toggle({
    name: "as-transactions",
    group: result,
    help: "In place of the file: a transaction to the deposit contract for each validator, for networks without a launchpad.",
  }),
  qr: toggle({name: "qr", group: result, help: "With --as-transactions: a QR code of each link."}),
  yes: YES,
  json: JSON_OUTPUT,
} satisfies OptionTable;
