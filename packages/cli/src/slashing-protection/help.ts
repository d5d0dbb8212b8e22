import {commandHelp} from "../help.ts";
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

const OUTRO = `Exit codes: 0 done, 1 error or stopped (running it again may help), 2 needs a human (it will not).
`;

export const importHelp = (): string => commandHelp(IMPORT_INTRO, IMPORT_OPTIONS, OUTRO);
export const exportHelp = (): string => commandHelp(EXPORT_INTRO, EXPORT_OPTIONS, OUTRO);
export const statusHelp = (): string => commandHelp(STATUS_INTRO, STATUS_OPTIONS, OUTRO);
