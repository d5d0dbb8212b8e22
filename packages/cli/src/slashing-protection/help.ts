import {EXIT_CODES_HELP} from "../command/load-command.ts";
import {EXPORT_OPTIONS, IMPORT_OPTIONS, STATUS_OPTIONS} from "./options.ts";

export const SLASHING_PROTECTION_HELP = `mote slashing-protection: what your keys have signed, so that they never contradict it

  mote slashing-protection import <file>   take over the history of keys from another client (- is standard input)
  mote slashing-protection export          hand it on, in the format that every client reads (EIP-3076, version 5)
  mote slashing-protection status          the newest records of each key

Stop the mote that runs on the same data directory first. Options: mote slashing-protection import --help, and so on.
`;

const IMPORT_INTRO = `mote slashing-protection import: take over the history of keys from another client

  mote slashing-protection import slashing-protection.json --network hoodi
  mote slashing-protection export --network hoodi | mote slashing-protection import - --network hoodi --datadir other

All of the file is taken in, or nothing. Importing it twice changes nothing, and no import ever allows what was refused before.
Several files may be imported one after the other.
`;

const EXPORT_INTRO = `mote slashing-protection export: hand the history of your keys on to another client

  mote slashing-protection export --network hoodi --to slashing-protection.json
  mote slashing-protection export --network hoodi --minify | gzip > slashing-protection.json.gz

Stop Mote for good first: what a key signs after the export is not in the file.
`;

const STATUS_INTRO = `mote slashing-protection status: the newest records of each key

  mote slashing-protection status --network hoodi
`;

const common = {outro: EXIT_CODES_HELP, takesWords: false};

export const IMPORT = {
  ...common,
  name: "mote slashing-protection import",
  table: IMPORT_OPTIONS,
  intro: IMPORT_INTRO,
  takesWords: true,
};
export const EXPORT = {...common, name: "mote slashing-protection export", table: EXPORT_OPTIONS, intro: EXPORT_INTRO};
export const STATUS = {...common, name: "mote slashing-protection status", table: STATUS_OPTIONS, intro: STATUS_INTRO};
