import {EXIT_CODES_HELP} from "../command/load-command.ts";
import type {OperatorCommand} from "../command/operator-command.ts";
import {EXIT_OPTIONS} from "./options.ts";

export const EXIT: OperatorCommand<typeof EXIT_OPTIONS> = {
  name: "mote exit",
  table: EXIT_OPTIONS,
  intro: `mote exit: take validators out of service for good

  mote exit 0x… --network hoodi --beacon-nodes http://localhost:5052
  mote exit 1234 1235 --network hoodi --beacon-nodes http://localhost:5052
  mote exit --all --network hoodi --password-file password.txt

There is no way back. The validators keep their duties until the chain lets them go: keep Mote running until then. Mote
may run on the same keys meanwhile.

Sign now, publish later, from another machine if you like:
  mote exit --all --presign --to ./exits --network hoodi --beacon-nodes http://localhost:5052
  mote exit 0x… 0x… --presign --validator-index 1234,1235 --network hoodi   without a beacon node
  mote exit --submit exits/*.json --network hoodi --beacon-nodes http://localhost:5052
`,
  outro: EXIT_CODES_HELP,
  takesWords: true,
  load: async () => (await import("./run-exit.ts")).runExit,
};
