/** Where a command reads and writes. */
export interface CommandIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly homeDir: string;
  /** Aborted when the process was asked to stop. */
  readonly stop: AbortSignal;
}

/** The part of a Node stream that commands use. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
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
