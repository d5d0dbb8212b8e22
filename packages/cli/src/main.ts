#!/usr/bin/env node
import {writeSync} from "node:fs";
import {homedir} from "node:os";
import process from "node:process";
import {EXIT_ERROR} from "./command-io.ts";
import {runCommand} from "./run-command.ts";

// Nothing that this file loads at once may reach @lodestar/*: the preset is frozen when that is first loaded. check-dag watches it.

/** npm passes one Ctrl-C on a second time; a person needs longer than this. */
const SAME_KEYSTROKE_MS = 300;

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let interruptedAtMs: number | null = null;
  process.on("SIGTERM", () => controller.abort());
  // The terminal was closed.
  process.on("SIGHUP", () => controller.abort());
  process.on("SIGINT", () => {
    const nowMs = performance.now();
    if (interruptedAtMs !== null && nowMs - interruptedAtMs > SAME_KEYSTROKE_MS) process.exit(EXIT_ERROR);
    interruptedAtMs ??= nowMs;
    controller.abort();
  });
  return controller.signal;
}

let brokenPipeExitCode = EXIT_ERROR;
/** Whoever read our output has gone, or it can take no more, as a file on a full disk: there is nothing left to run for. */
function exitWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EIO") process.exit(brokenPipeExitCode);
  try {
    writeSync(process.stderr.fd, `mote: the output cannot be written, so it is not complete: ${error.message}\n`);
  } finally {
    process.exit(EXIT_ERROR);
  }
}

/** The one clear line of an error that ends the process; the stack on request. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.MOTE_LOG_LEVEL === "debug" ? (error.stack ?? error.message) : error.message;
}

/** An error may say which exit code it deserves. */
function exitCodeOf(error: unknown): number {
  const {exitCode} = (error ?? {}) as {exitCode?: unknown};
  return typeof exitCode === "number" ? exitCode : EXIT_ERROR;
}

process.stdout.on("error", exitWithoutOutput);
process.stderr.on("error", exitWithoutOutput);

const io = {
  // Made on first use: a command that reads nothing must not care what its standard input is.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  workingDir: process.cwd(),
  homeDir: homedir(),
  stop: stopSignal(),
  endOnBrokenPipe: (exitCode: number) => {
    brokenPipeExitCode = exitCode;
  },
};

let exitCode: number;
try {
  exitCode = await runCommand(process.argv.slice(2), io);
} catch (error) {
  process.stderr.write(`mote: ${describe(error)}\n`);
  exitCode = exitCodeOf(error);
}
// Written out first, so that a pipe has everything; then the process ends even if something still holds it open.
// An error of the last lines is known here before it is told as an event.
process.stdout.write("", (error) => {
  const failure = process.stdout.errored ?? error;
  if (failure) exitWithoutOutput(failure);
  process.exit(exitCode);
});
