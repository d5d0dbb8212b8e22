import type {CompletedPlace, Values} from "./completion-model.ts";

/** A bash function that completes `mote`. It starts no process: what can be written stands in it. */
export function bashCompletion(places: readonly CompletedPlace[]): string {
  const paths = places.filter(({path}) => path !== "").map(({path}) => quoted(path.includes(" ") ? path : ` ${path}`));
  return `# Completion of mote for bash, made by \`mote completion bash\`.
_mote() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} at= word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$at $word" in
      ${paths.join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $before" in
${places.flatMap(valueCases).join("")}  esac
  case "$at" in
${places.map(placeCase).join("")}  esac
}
complete -F _mote mote
`;
}

const valueCases = ({path, flags}: CompletedPlace): string[] =>
  flags.flatMap(({flag, values}) =>
    values === null ? [] : [`    ${quoted(`${path} ${flag}`)}) ${replyOf(values)}; return ;;\n`],
  );

function placeCase({path, commands, flags, operands}: CompletedPlace): string {
  const words = [...commands.map(({name}) => name), ...flags.map(({flag}) => flag)].join(" ");
  const reply = `COMPREPLY=($(compgen -W ${quoted(words)} -- "$current"))`;
  const isWord = "[[ $current == -* ]]";
  const body = operands === null ? reply : `if ${isWord}; then ${reply}; else ${replyOf(operands)}; fi`;
  return `    ${quoted(path)}) ${body} ;;\n`;
}

/** Split at line ends alone, names with spaces stay whole; `mapfile` is not in the bash of macOS. */
function replyOf(values: Values): string {
  switch (values.kind) {
    case "files":
      return "compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\"))";
    case "dirs":
      return "compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$current\"))";
    case "choices":
      return `COMPREPLY=($(compgen -W ${quoted(values.choices.join(" "))} -- "$current"))`;
    case "any":
      return ":";
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
