import type {CompletedPlace, Values} from "./completion-model.ts";

/** A zsh function that completes `mote`, with what each word does beside it. */
export function zshCompletion(places: readonly CompletedPlace[]): string {
  const paths = places.filter(({path}) => path !== "").map(({path}) => quoted(path.includes(" ") ? path : ` ${path}`));
  // In zsh \`path\` is the search path itself, so the place is called \`at\`.
  return `#compdef mote
# Completion of mote for zsh, made by \`mote completion zsh\`.
_mote() {
  local at= word i
  local -a items
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case "$at $word" in
      (${paths.join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${places.flatMap(valueCases).join("")}  esac
  case "$at" in
${places.map(placeCase).join("")}  esac
}
if [ "$funcstack[1]" = "_mote" ]; then _mote "$@"; else compdef _mote mote; fi
`;
}

const valueCases = ({path, flags}: CompletedPlace): string[] =>
  flags.flatMap(({flag, values}) =>
    values === null ? [] : [`    (${quoted(`${path} ${flag}`)}) ${replyOf(values)}; return ;;\n`],
  );

function placeCase({path, commands, flags, operands}: CompletedPlace): string {
  const items = [
    ...commands.map(({name, help}) => item(name, help)),
    ...flags.map(({flag, help}) => item(flag, help)),
  ].join(" ");
  const words = operands === null ? "" : `; [[ $words[CURRENT] == -* ]] || ${replyOf(operands)}`;
  return `    (${quoted(path)}) items=(${items}); _describe mote items${words} ;;\n`;
}

/** A colon parts the word from its description. */
const item = (word: string, help: string): string =>
  quoted(help === "" ? word : `${word}:${help.replaceAll("\\", "\\\\").replaceAll(":", "\\:")}`);

function replyOf(values: Values): string {
  switch (values.kind) {
    case "files":
      return "_files";
    case "dirs":
      return "_files -/";
    case "choices":
      return `compadd -- ${values.choices.map(quoted).join(" ")}`;
    case "any":
      return ":";
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
