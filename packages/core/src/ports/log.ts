export type LogDetails = Readonly<Record<string, unknown>>;

/** Words for people. What became of a duty is not logged by hand: it goes into the journal. */
export interface Log {
  debug(message: string, details?: LogDetails): void;
  info(message: string, details?: LogDetails): void;
  warn(message: string, details?: LogDetails): void;
  error(message: string, details?: LogDetails): void;
}
