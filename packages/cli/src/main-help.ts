import {COMMAND_GROUPS, type Command} from "./command-table.ts";

/** What `mote` says when it is asked for nothing else. */
export function mainHelp(commands: readonly Command[]): string {
  const column = Math.max(...commands.map(({name}) => name.length)) + 2;
  const line = ({name, summary}: Command): string => `  mote ${name.padEnd(column)}${summary}\n`;
  const sections = COMMAND_GROUPS.flatMap((group) => {
    const lines = commands.filter((command) => command.group === group).map(line);
    return lines.length === 0 ? [] : [`${group}:\n${lines.join("")}`];
  });
  return ["Mote, a lightweight micro-node for Ethereum validators\n", ...sections, OUTRO].join("\n");
}

const OUTRO = `Options of a command: mote start --help, and so on.

See it work within two minutes:
  mote devnet
`;
