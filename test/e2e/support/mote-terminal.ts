import {join} from "node:path";
import {type IPty, spawn} from "@lydell/node-pty";

const ROOT = join(import.meta.dirname, "../../..");
const NODE = join(ROOT, "node_modules/.bin/node");
const MAIN = join(ROOT, "packages/cli/dist/main.js");
const SHOWN_TIMEOUT_MS = 20_000;
const ENTER_SECRETS = "\u001b[?1049h";
const LEAVE_SECRETS = "\u001b[?1049l";

/** How the shell of the terminal saw the command end, and in which state the terminal was then. */
export interface TerminalEnd {
  readonly code: number;
  readonly isEchoOn: boolean;
  readonly isLineWise: boolean;
}

/** `mote <argv>` as a person runs it: in a shell on a real pseudo-terminal. */
export class MoteTerminal {
  readonly #pty: IPty;
  readonly #listeners = new Set<() => void>();
  #output = "";
  #readTo = 0;

  constructor(argv: readonly string[], cwd: string, {TERM = "xterm-256color"}: {readonly TERM?: string} = {}) {
    // The shell outlives Ctrl-C, so that it can say what became of the terminal.
    const script = `trap : INT; "$0" "$@"; echo "ended with $?"; stty -a; echo done`;
    const {PATH = ""} = process.env;
    const env = {PATH, HOME: cwd, TMPDIR: cwd, TERM};
    this.#pty = spawn("sh", ["-c", script, NODE, MAIN, ...argv], {cols: 120, rows: 40, cwd, env});
    this.#pty.onData((text) => {
      this.#output += text;
      for (const listener of this.#listeners) listener();
    });
    this.#pty.onExit(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** All that the terminal was given. */
  get output(): string {
    return this.#output;
  }

  /** What one can still read on it: without the screens that were wiped. */
  get kept(): string {
    return this.#output
      .split(ENTER_SECRETS)
      .map((part, at) => (at === 0 ? part : part.slice(part.indexOf(LEAVE_SECRETS))))
      .join("");
  }

  /** Presses keys; Enter is `\r`. */
  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Resolves when something that matches is shown after what was waited for last. Rejects after some seconds, with what was shown instead. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = pattern.exec(this.#output.slice(this.#readTo));
      if (match === null) return;
      this.#readTo += match.index + match[0].length;
      found.resolve(match);
    };
    const timer = setTimeout(
      () => found.reject(new Error(`the terminal did not show ${pattern}, but:\n${this.#output}`)),
      SHOWN_TIMEOUT_MS,
    );
    this.#listeners.add(look);
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
    }
  }

  /** Resolves when the command has ended. */
  async ended(): Promise<TerminalEnd> {
    const [, code] = await this.shows(/ended with (\d+)\r\n/);
    const [state] = await this.shows(/[\s\S]*?done\r\n/);
    return {code: Number(code), isEchoOn: / echo\b/.test(state), isLineWise: / icanon\b/.test(state)};
  }

  kill(): void {
    try {
      this.#pty.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
