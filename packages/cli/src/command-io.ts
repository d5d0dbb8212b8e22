/** Where a command reads and writes. */
export interface CommandIo {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly homeDir: string;
  /** Aborted when the process was asked to stop. */
  readonly stop: AbortSignal;
  /** From now on the process ends with this code when whoever reads its output goes away. */
  endOnBrokenPipe(exitCode: number): void;
}

/** Standard input, as far as commands read it. */
export interface InputStream extends AsyncIterable<Uint8Array> {
  /** A person types. */
  readonly isTTY?: boolean;
  /** In raw mode nothing is echoed, and each key comes by itself, Ctrl-C too. */
  setRawMode?(isRaw: boolean): unknown;
}

/** The part of a Node stream that commands use. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** @param written called once the text is handed over, with the error if it could not be */
  write(text: string, written?: (error?: Error | null) => void): unknown;
}

/** Exit codes. A service manager must not start again after `NEEDS_HUMAN`. */
export const EXIT_ASKED_TO_STOP = 0;
export const EXIT_ERROR = 1;
export const EXIT_NEEDS_HUMAN = 2;

/** One line for each problem, and a last one that says where help is. */
export function refuse(io: CommandIo, problems: readonly string[], command: string): number {
  for (const problem of problems) io.stderr.write(`mote: ${problem}\n`);
  io.stderr.write(`mote: see \`${command} --help\`\n`);
  return EXIT_NEEDS_HUMAN;
}
