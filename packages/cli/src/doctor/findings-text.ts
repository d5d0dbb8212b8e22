import type {Finding, Level} from "@mote/node";

const LINE_WIDTH = 110;
const TITLE_WIDTH = 16;
const INDENT = " ".repeat(TITLE_WIDTH + 8);
const MARKS: Readonly<Record<Level, string>> = {ok: "ok  ", warn: "warn", fail: "FAIL"};

/** One finding: how it is, and below it what to do. */
export function findingText({level, title, detail, advice}: Finding): string {
  const head = `${MARKS[level]}  ${title.padEnd(TITLE_WIDTH)}  `;
  const lines = [detail, ...(advice === null ? [] : [`→ ${advice}`])].flatMap((text) =>
    wrap(text, LINE_WIDTH - head.length),
  );
  return `${head}${lines.join(`\n${INDENT}`)}\n`;
}

/** The last line. */
export function verdictText(findings: readonly Finding[]): string {
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const [failures, warnings] = [count("fail"), count("warn")];
  if (failures > 0)
    return `\n${counted(failures, "thing")} to mend before Mote can do its duties${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}\n`;
  return warnings > 0 ? `\nMote can do its duties; ${counted(warnings, "warning")}\n` : "\nall is well\n";
}

/** The worst of them. */
export const worstLevel = (findings: readonly Finding[]): Level =>
  (["fail", "warn"] as const).find((level) => findings.some((finding) => finding.level === level)) ?? "ok";

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Breaks at spaces; a word that is longer than the line, such as a path, stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
