import {type CommandIo, refuse} from "../command-io.ts";
import {KEYS_HELP} from "../keys/help.ts";
import {SUBCOMMANDS} from "../keys/subcommands.ts";
import {nearest} from "../nearest.ts";
import {storeFailure} from "../slashing-protection/store-failure.ts";

const NAMES = Object.keys(SUBCOMMANDS);

/** `mote keys new | recover | import | list | enable | disable | remove` */
export async function keysCommand([name = "help", ...argv]: readonly string[], io: CommandIo): Promise<number> {
  if (name === "help" || name === "--help" || name === "-h") {
    io.stdout.write(KEYS_HELP);
    return 0;
  }
  if (!Object.hasOwn(SUBCOMMANDS, name)) {
    const suggestion = nearest(name, NAMES);
    const hint = suggestion === null ? `there are ${NAMES.join(", ")}` : `did you mean ${suggestion}?`;
    return refuse(io, [`keys has no ${JSON.stringify(name.slice(0, 80))}: ${hint}`], "mote keys");
  }
  try {
    return await SUBCOMMANDS[name as keyof typeof SUBCOMMANDS](argv, io);
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === null) throw error;
    io.stderr.write(`mote: ${failure.text}\n`);
    return failure.exitCode;
  }
}
