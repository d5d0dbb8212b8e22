import type {Figure} from "./figure.ts";

const COLUMNS = ["measurement", "value", "floor", "ratio", "bound", ""] as const;

/** The figures as a table for people, with the meaning of the floors below it. */
export function table(figures: readonly Figure[]): string {
  const rows = [COLUMNS, ...figures.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    // Words to the left, figures to the right.
    row.map((cell, at) => (at === 0 || at === 5 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))),
  );
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const [head, ...body] = lines.map((cells) => cells.join("  ").trimEnd());
  return [head, rule, ...body, "", ...figures.flatMap(notesOf)].join("\n");
}

export function verdictOf({value, valueMax}: Figure): "ok" | "over" | "" {
  if (valueMax === null) return "";
  return value <= valueMax ? "ok" : "over";
}

function cellsOf(figure: Figure): readonly string[] {
  const {what, value, unit, floor, valueMax} = figure;
  return [
    what,
    withUnit(value, unit),
    floor === null ? "–" : withUnit(floor.value, unit),
    floor === null || floor.value === 0 ? "–" : `${rounded(value / floor.value)} ×`,
    valueMax === null ? "–" : `≤ ${withUnit(valueMax, unit)}`,
    verdictOf(figure),
  ];
}

const notesOf = ({what, floor, notes = []}: Figure): string[] =>
  [...(floor === null ? [] : [`floor: ${floor.what}`]), ...notes].map((note) => `${what} · ${note}`);

const withUnit = (value: number, unit: string): string => `${rounded(value)} ${unit}`.trimEnd();

/** Three digits that count; whole numbers as they are. */
const rounded = (value: number): string =>
  Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toPrecision(value < 1 ? 2 : 3);
