export type Parameter = string | number | Buffer | null | readonly (string | number | boolean | Buffer | null)[];

/** One SQL statement; with a name it is prepared once a connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

/** As the driver gives it: numerics as text, bytea as bytes. */
export type Row = Readonly<Record<string, unknown>>;
