import {redactUrl} from "@mote/core";
import {bad, type OptionTable, ok, one, type Parsed, parseText, toggle} from "@mote/node/config";
import {CHAIN_OPTIONS, JSON_OUTPUT, optionalBeaconNodes, parseEth} from "../command/common-options.ts";

const request = "The request";
const result = "What comes out";

function parseWei(text: string): Parsed<bigint> {
  return /^[1-9]\d{0,23}$/.test(text) ? ok(BigInt(text)) : bad("is not a whole number of wei from 1 up");
}

function parseHttpUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === "http:" || url?.protocol === "https:" ? ok(text) : bad("is not an http(s) URL");
}

/** What a validator is called on the command line is read later, when BLS is loaded. */
const validator = (name: string, help: string) =>
  one(parseText, null, {name, group: request, placeholder: "<0x…|index>", help});

const COMMON = {
  ...CHAIN_OPTIONS,
  ...optionalBeaconNodes("Ask this beacon node what the chain knows of the validators, and check the request by it."),
  json: JSON_OUTPUT,
  qr: toggle({name: "qr", group: result, help: "A QR code of each link, for a wallet on a phone."}),
} satisfies OptionTable;

const FEE_OPTIONS = {
  executionNode: one(parseHttpUrl, null, {
    name: "execution-node",
    group: request,
    placeholder: "<url>",
    help: "Ask this execution node (JSON-RPC) for the fee of the moment.",
    show: redactUrl,
  }),
  feeWei: one(parseWei, null, {
    name: "fee-wei",
    group: request,
    placeholder: "<wei>",
    fallbackText: "twice the fee of the moment, or 1 gwei when nobody is asked",
    help: "What the transaction pays for its request.",
  }),
} satisfies OptionTable;

const amount = (help: string) => one(parseEth, null, {name: "amount", group: request, placeholder: "<ETH>", help});

export const CONSOLIDATE_OPTIONS = {
  ...COMMON,
  source: validator("source", "The validator that is moved, and leaves."),
  target: validator("target", "The compounding validator that takes its balance."),
  ...FEE_OPTIONS,
} satisfies OptionTable;

export const COMPOUND_OPTIONS = {...COMMON, ...FEE_OPTIONS} satisfies OptionTable;

export const WITHDRAW_OPTIONS = {
  ...COMMON,
  amount: amount("Take out this much of what is above 32 ETH."),
  full: toggle({name: "full", group: request, help: "Leave for good, and take out everything."}),
  ...FEE_OPTIONS,
} satisfies OptionTable;

export const TOP_UP_OPTIONS = {
  ...COMMON,
  amount: amount("How much is added, 1 or more."),
} satisfies OptionTable;
