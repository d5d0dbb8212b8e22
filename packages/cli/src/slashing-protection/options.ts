import {type Pubkey, parsePubkey} from "@mote/core";
import {bad, many, type OptionTable, ok, one, type Parsed, parseText, STORE_OPTIONS, toggle} from "@mote/node/config";

const PUBKEYS_MAX = 100_000;

function parsePubkeys(text: string): Parsed<readonly Pubkey[]> {
  const pubkeys: Pubkey[] = [];
  for (const item of text.split(",")) {
    try {
      pubkeys.push(parsePubkey(item.trim(), "a public key"));
    } catch {
      return bad("is not a list of public keys: 0x and 96 hex digits each, with commas between them");
    }
  }
  return pubkeys.length <= PUBKEYS_MAX ? ok(pubkeys) : bad(`names more than ${PUBKEYS_MAX} public keys`);
}

const result = "What comes out";

export const IMPORT_OPTIONS = {
  ...STORE_OPTIONS,
  json: toggle({name: "json", group: result, help: "The report of every key as one JSON object on standard output."}),
} satisfies OptionTable;

export const EXPORT_OPTIONS = {
  ...STORE_OPTIONS,
  to: one(parseText, null, {
    name: "to",
    group: result,
    placeholder: "<file>",
    fallbackText: "standard output",
    help: "The file to write. It appears when it is complete, and only its owner may read it.",
  }),
  overwrite: toggle({name: "overwrite", group: result, help: "Replace the file if it is there."}),
  minify: toggle({
    name: "minify",
    group: result,
    help: "One vote and one block a key: the highest values, and no signing roots.",
  }),
  pubkeys: many(parsePubkeys, null, {
    name: "pubkeys",
    group: result,
    placeholder: "<0x…,0x…>",
    fallbackText: "all keys that have records",
    help: "Only these keys, comma-separated or repeated.",
  }),
} satisfies OptionTable;

export const STATUS_OPTIONS = {
  ...STORE_OPTIONS,
  json: toggle({name: "json", group: result, help: "One JSON object on standard output."}),
} satisfies OptionTable;
