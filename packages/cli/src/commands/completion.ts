import {type CommandIo, refuse} from "../command-io.ts";
import {COMMANDS} from "../command-table.ts";
import {bashCompletion} from "../completion/bash.ts";
import {completionModel} from "../completion/completion-model.ts";
import {fishCompletion} from "../completion/fish.ts";
import {zshCompletion} from "../completion/zsh.ts";

const SHELLS = {bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion};

const HELP = `mote completion: let your shell complete mote's commands and options

  bash  mote completion bash > ~/.local/share/bash-completion/completions/mote
  zsh   mote completion zsh > "\${fpath[1]}/_mote"
  fish  mote completion fish > ~/.config/fish/completions/mote.fish

It takes effect in the next shell. Do it again after an update: the script holds what this version knows.
`;

/** `mote completion bash | zsh | fish` */
export async function completionCommand(
  [shell = "--help", ...more]: readonly string[],
  io: CommandIo,
): Promise<number> {
  if ([shell, ...more].some((word) => word === "--help" || word === "-h")) {
    io.stdout.write(HELP);
    return 0;
  }
  if (!Object.hasOwn(SHELLS, shell) || more.length > 0) {
    const what = JSON.stringify([shell, ...more].join(" ").slice(0, 80));
    return refuse(io, [`${what} is no shell that mote knows: give bash, zsh or fish`], "mote completion");
  }
  const write = SHELLS[shell as keyof typeof SHELLS];
  io.stdout.write(write(await completionModel(COMMANDS)));
  return 0;
}
