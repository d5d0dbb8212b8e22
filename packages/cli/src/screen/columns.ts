import type {OutputStream} from "../command-io.ts";
import {wrap} from "./wrap.ts";

/**
 * Rows as aligned columns, indented by two; the last column is not padded. A row may be shorter than others.
 * @param widthMax where a line would be longer, each row is broken between its cells instead, and goes on indented by four
 */
export function columns(rows: readonly (readonly string[])[], widthMax = Number.POSITIVE_INFINITY): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd();
  const aligned = rows.map(line);
  const lines = aligned.every(({length}) => length <= widthMax)
    ? aligned
    : rows.flatMap((row) => broken(row, widthMax));
  return lines.map((each) => `${each}\n`).join("");
}

/** Of what goes on in a further line. */
const INDENT = "    ";

function broken(row: readonly string[], widthMax: number): readonly string[] {
  const lines: string[] = [];
  for (const cell of row.filter((each) => each !== "")) {
    const last = lines.at(-1);
    const longer = last === undefined ? `  ${cell}` : `${last}  ${cell}`;
    if (last === undefined) lines.push(longer);
    else if (longer.length <= widthMax) lines[lines.length - 1] = longer;
    else lines.push(...wrap(cell, widthMax - INDENT.length).map((part) => INDENT + part));
  }
  return lines;
}

/** How wide lines may be there; a file takes any. */
export const widthOf = ({isTTY, columns: width}: OutputStream): number =>
  isTTY === true && width !== undefined ? width : Number.POSITIVE_INFINITY;
