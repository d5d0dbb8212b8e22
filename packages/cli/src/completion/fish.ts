import type {CompletedFlag, CompletedPlace, Values} from "./completion-model.ts";

/** Lines for fish that complete `mote`, with what each word does beside it. */
export function fishCompletion(places: readonly CompletedPlace[]): string {
  const paths = places.filter(({path}) => path !== "").map(({path}) => quoted(path.includes(" ") ? path : ` ${path}`));
  return `# Completion of mote for fish, made by \`mote completion fish\`.
function __mote_at
    set -l at
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ${paths.join(" ")}
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c mote -f
${places.flatMap(linesOf).join("")}`;
}

function linesOf({path, commands, flags, operands}: CompletedPlace): string[] {
  const at = `complete -c mote -n ${quoted(`__mote_at ${quoted(path)}`)}`;
  const words = operands === null ? [] : [`${at}${argumentsOf(operands)}\n`];
  return [
    ...commands.map(({name, help}) => `${at} -a ${quoted(name)}${described(help)}\n`),
    ...flags.map((flag) => `${at} -l ${flag.flag.slice(2)}${valueText(flag)}${described(flag.help)}\n`),
    ...words,
  ];
}

const valueText = ({values}: CompletedFlag): string => (values === null ? "" : ` -r${argumentsOf(values)}`);

function argumentsOf(values: Values): string {
  switch (values.kind) {
    case "files":
      return " -F";
    case "dirs":
      return " -a '(__fish_complete_directories)'";
    case "choices":
      return ` -a ${quoted(values.choices.join(" "))}`;
    case "any":
      return "";
  }
}

const described = (help: string): string => (help === "" ? "" : ` -d ${quoted(help)}`);
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
