import {type OptionTable, START_OPTIONS} from "@mote/node/config";
import {commandHelp} from "../help.ts";

const {logLevel: _level, logFormat: _format, ...shown} = START_OPTIONS;
/** What help names: all of `mote start` that a look from outside can judge. */
export const DOCTOR_OPTIONS_SHOWN: OptionTable = shown;

const INTRO = `mote doctor: is all there that mote start needs?

  mote doctor --network hoodi --beacon-nodes http://localhost:5052
  mote doctor --config-file mote.yaml --json

Give it the very options of mote start. It looks at clock, disk, memory, beacon nodes, keys, slashing protection,
fee recipient and ports, says of each how it is and what to do, and changes nothing. Mote may run meanwhile.
`;

const OUTRO = `--json prints one JSON object: the findings, and the worst level among them.

Exit codes: 0 all is well, or there are warnings only; 1 something must be mended before Mote can do its duties;
2 wrong options.
`;

export const doctorHelp = (): string => commandHelp(INTRO, DOCTOR_OPTIONS_SHOWN, OUTRO);
