import type {ValidatorIndex} from "@mote/core";
import {bad, integerFrom, many, type OptionTable, ok, one, type Parsed, toggle} from "@mote/node/config";
import {
  BEACON_NODES,
  CHAIN_OPTIONS,
  JSON_OUTPUT,
  KEY_FOLDER_OPTIONS,
  TO_FOLDER,
  YES,
} from "../command/common-options.ts";

const which = "Which validators";
const signing = "Signing for later";

const parseFiles = (text: string): Parsed<readonly string[]> => {
  const files = text.split(",").map((file) => file.trim());
  return files.includes("") ? bad("names an empty file") : ok(files);
};

const parseIndex = integerFrom(0, 2 ** 40);

/** In the order in which they are written, which is that of the keys. */
function parseValidatorIndices(text: string): Parsed<readonly ValidatorIndex[]> {
  const indices: ValidatorIndex[] = [];
  for (const part of text.split(",")) {
    const index = parseIndex(part.trim());
    if (index.kind === "bad") return bad("is not a list of validator indices, such as 1234 or 1234,1235");
    indices.push(index.value as ValidatorIndex);
  }
  return new Set(indices).size < indices.length ? bad("names a validator twice") : ok(indices);
}

export const EXIT_OPTIONS = {
  ...CHAIN_OPTIONS,
  all: toggle({name: "all", group: which, help: "All enabled keys of the folder that are active."}),
  ...KEY_FOLDER_OPTIONS,
  ...BEACON_NODES,
  presign: toggle({
    name: "presign",
    group: signing,
    help: "Publish nothing: write a file for each validator, which anybody can publish later.",
  }),
  epoch: one(integerFrom(0, 2 ** 40), null, {
    name: "epoch",
    group: signing,
    placeholder: "<n>",
    fallbackText: "the present one; 0 when no beacon node is asked",
    help: "The epoch from which on the exit counts.",
  }),
  validatorIndex: one(parseValidatorIndices, null, {
    name: "validator-index",
    group: signing,
    placeholder: "<n,n>",
    fallbackText: "the beacon node is asked",
    help: "The indices of the validators in the order of their keys, so that --presign needs no beacon node.",
  }),
  to: TO_FOLDER("The folder for the files of --presign.", "where you are"),
  submit: many(parseFiles, [], {
    name: "submit",
    group: signing,
    placeholder: "<files>",
    help: "Publish exits that were signed before; needs no keys.",
  }),
  yes: YES,
  json: JSON_OUTPUT,
} satisfies OptionTable;
