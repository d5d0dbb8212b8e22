import {join} from "node:path";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";

const KEYS = 10_000;
const FEW_RECORDS = 10;
const MANY_RECORDS = 100;
const IMPORT_MS_MAX = 60_000;
/** Ten times the records, and the same memory: both within ten per cent of what lies in the middle between them. */
const MEMORY_GROWTH_MAX = 1.1 / 0.9;
const TIMEOUT_MS = 300_000;

interface Run {
  readonly importMs: number;
  readonly exportMs: number;
  readonly exportedBytes: number;
  readonly rssMibMax: number;
  /** Null where the system does not tell it. */
  readonly anonymousMibMax: number | null;
}

/** Import into an empty store, and export of it. */
export const interchange: Benchmark = {
  name: "interchange",
  async measure(scratchDir) {
    const few = await run(join(scratchDir, "few"), FEW_RECORDS);
    const many = await run(join(scratchDir, "many"), MANY_RECORDS);
    const what = `${KEYS.toLocaleString("en")} keys × ${MANY_RECORDS} votes`;
    return [
      seconds(`import of ${what}`, many.importMs, `${(many.exportedBytes / 1e6).toFixed(0)} MB of JSON`),
      seconds(`export of ${what}`, many.exportMs, ""),
      ...peak("peak RSS of import and export", many.rssMibMax, few.rssMibMax),
      ...peak("peak RSS of these without files", many.anonymousMibMax, few.anonymousMibMax),
    ];
  },
};

const seconds = (what: string, ms: number, note: string): Figure => ({
  what,
  value: ms / 1000,
  unit: "s",
  floor: null,
  valueMax: IMPORT_MS_MAX / 1000,
  notes: note === "" ? [] : [note],
});

function peak(what: string, many: number | null, few: number | null): Figure[] {
  if (many === null || few === null) return [];
  const floor = {what: `the same with ${FEW_RECORDS} votes a key`, value: few};
  return [{what, value: many, unit: "MiB", floor, valueMax: few * MEMORY_GROWTH_MAX}];
}

async function run(dir: string, records: number): Promise<Run> {
  const script = join(import.meta.dirname, "interchange-run.ts");
  const child = new Child({argv: [script, dir, `${KEYS}`, `${records}`]});
  const line = await child.waitFor("import and export", (text) => eventOf(text, "interchange"), TIMEOUT_MS);
  await child.exited;
  return line as unknown as Run;
}
