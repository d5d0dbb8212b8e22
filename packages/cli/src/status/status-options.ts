import {type OptionTable, STORE_OPTIONS, toggle} from "@mote/node/config";

/** Everything of the store's options is read, since they come from the config file of `mote start`. */
export const STATUS_OPTIONS = {
  ...STORE_OPTIONS,
  json: toggle({name: "json", group: "What comes out", help: "All that the node tells, as one JSON object."}),
} satisfies OptionTable;

const {slashingProtectionUrl: _url, slashingProtectionPasswordFile: _file, ...shown} = STATUS_OPTIONS;
/** What help and completion name: the rest plays no part here. */
export const STATUS_OPTIONS_SHOWN: OptionTable = shown;
