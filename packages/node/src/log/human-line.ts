/** Fields that every JSON line has; all others are details of its own. */
interface LogLine {
  readonly time: number;
  readonly level: string;
  readonly msg: string;
  readonly event?: string;
}

const MARKS: Readonly<Record<string, string>> = {debug: "  ", info: "  ", warn: "! ", error: "✗ "};

/** One JSON log line as a line for people: local time, a mark for what needs a look, the words, and the details. */
export function humanLine(json: string): string {
  const {time, level, msg, event, ...details} = JSON.parse(json) as LogLine & Record<string, unknown>;
  const clock = new Date(time).toTimeString().slice(0, 8);
  // The words of an event's line say already what its figures say to a machine.
  const shown = event === undefined ? Object.entries(details) : [];
  const suffix = shown.map(([name, value]) => `${name}=${plain(value)}`).join(" ");
  return `${clock} ${MARKS[level] ?? ""}${msg}${suffix === "" ? "" : `  ${suffix}`}\n`;
}

function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /\s/.test(text) ? JSON.stringify(text) : text;
}
