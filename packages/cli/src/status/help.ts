import {commandHelp} from "../help.ts";
import {STATUS_OPTIONS_SHOWN} from "./status-options.ts";

const INTRO = `mote status: how the Mote that runs here is doing

  mote status                    the one node whose data directory is in ~/.mote
  mote status --network hoodi    the one of this network
  mote status --datadir ./data --json

It reads running.json of the data directory and asks the node itself, over a port of this machine only.
`;

const OUTRO = `Exit codes: 0 a node runs and answers, 1 none does (it says what to do), 2 needs a human.
`;

export const statusHelp = (): string => commandHelp(INTRO, STATUS_OPTIONS_SHOWN, OUTRO);
