import {type ChildProcess, spawn} from "node:child_process";
import {join} from "node:path";
import {createInterface} from "node:readline";

export const ROOT = join(import.meta.dirname, "..", "..");
export const MOTE = join(ROOT, "packages", "cli", "dist", "main.js");
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES_MAX = 5;

export interface ChildInit {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A Node process whose lines are heard, and that never outlives this one. */
export class Child {
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();
  readonly #lastLines: string[] = [];

  constructor({argv, env = {}}: ChildInit) {
    // What the person has set for a node of their own is not meant for these.
    const own = Object.entries(process.env).filter(([name]) => !/^(MOTE_|LODESTAR_PRESET$|NODE_OPTIONS$)/.test(name));
    const child = spawn(process.execPath, argv, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {...Object.fromEntries(own), ...env},
    });
    this.#process = child;
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    this.exited = new Promise((resolve) => {
      child.once("close", (code) => {
        process.off("exit", kill);
        resolve(code);
      });
      child.once("error", (error) => this.#heard(error.message));
    });
    for (const input of [child.stdout, child.stderr]) createInterface({input}).on("line", (line) => this.#heard(line));
  }

  /** `mote <words>` */
  static mote(words: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    return new Child({argv: [MOTE, ...words], env});
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * The first answer of `find` that is not null, line by line.
   * @throws {Error} when the process ends before, or after `timeoutMs`
   */
  async waitFor<T>(what: string, find: (line: string) => T | null, timeoutMs: number): Promise<T> {
    const {promise, resolve, reject} = Promise.withResolvers<T>();
    const fail = (why: string) => reject(new Error(`${what}: ${why}; last words: ${this.#lastLines.join(" | ")}`));
    const listener = (line: string) => {
      const found = find(line);
      if (found !== null) resolve(found);
    };
    this.#listeners.add(listener);
    const timeout = setTimeout(() => fail(`did not come within ${timeoutMs} ms`), timeoutMs);
    void this.exited.then((code) => fail(`the process ended before, with ${code}`));
    try {
      return await promise;
    } finally {
      clearTimeout(timeout);
      this.#listeners.delete(listener);
    }
  }

  /** Asks it to stop, and waits. @returns its exit code */
  async stop(): Promise<number | null> {
    this.#process.kill("SIGTERM");
    const timeout = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timeout);
    }
  }

  #heard(line: string): void {
    this.#lastLines.push(line.slice(0, 200));
    if (this.#lastLines.length > LAST_LINES_MAX) this.#lastLines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}

/** A JSON line with this event; null for any other line. */
export function eventOf(line: string, event: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith("{")) return null;
  const object = JSON.parse(line) as Readonly<Record<string, unknown>>;
  return object.event === event ? object : null;
}
