export const LEVELS = ["ok", "warn", "fail"] as const;
/** `warn`: duties run, and something may hurt them. `fail`: Mote would not start, or not do its duties. */
export type Level = (typeof LEVELS)[number];

/** What one look at the machine and its surroundings has shown. */
export interface Finding {
  readonly level: Level;
  /** What was looked at, in one or two words. */
  readonly title: string;
  readonly detail: string;
  /** What to do about it, as a sentence; null when there is nothing to do. */
  readonly advice: string | null;
}

export const fine = (title: string, detail: string): Finding => ({level: "ok", title, detail, advice: null});
export const warning = (title: string, detail: string, advice: string): Finding => ({
  level: "warn",
  title,
  detail,
  advice,
});
export const failure = (title: string, detail: string, advice: string): Finding => ({
  level: "fail",
  title,
  detail,
  advice,
});
