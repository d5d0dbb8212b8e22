import {type ChildProcess, spawn} from "node:child_process";
import {join} from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const NODE = join(ROOT, "node_modules/.bin/node");
const MAIN = join(ROOT, "packages/cli/dist/main.js");
const STORY_LINES_MAX = 15;
const STORY_WARNINGS_MAX = 10;
const STORY_LINE_LENGTH_MAX = 300;

export interface MoteExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One JSON line of `mote start --log-format json`. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly event?: string;
  readonly [detail: string]: unknown;
}

interface Waiter {
  readonly matches: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
  readonly reject: (error: Error) => void;
}

/** The `mote` command as a process of its own, in a process group of its own: what it starts ends with it. */
export class MoteProcess {
  /** Resolves when it has ended and all its output was read. */
  readonly exited: Promise<MoteExit>;
  readonly #argv: readonly string[];
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];
  readonly #waiters = new Set<Waiter>();
  #stdout = "";
  #stderr = "";
  #partOfLine = "";
  #exit: MoteExit | null = null;

  constructor(
    argv: readonly string[],
    {cwd, env}: {readonly cwd: string; readonly env: Readonly<Record<string, string>>},
  ) {
    this.#argv = argv;
    this.#child = spawn(NODE, [MAIN, ...argv], {cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true});
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#exit = {code, signal};
        for (const {reject} of this.#waiters) reject(new Error("it ended before it said what was waited for"));
        resolve(this.#exit);
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The JSON lines of standard output so far. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Null when it could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  get isRunning(): boolean {
    return this.#exit === null;
  }

  /** The first line that matches, said already or still to come. Rejects when the process ends without it. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const said = this.#lines.find(matches);
    if (said !== undefined) return Promise.resolve(said);
    return new Promise((resolve, reject) => {
      if (this.isRunning) this.#waiters.add({matches, resolve, reject});
      else reject(new Error("it had ended without saying what is looked for"));
    });
  }

  ready(): Promise<LogLine> {
    return this.line(({event}) => event === "ready");
  }

  /** Resolves when a line of standard error matches. Rejects when the process ends without it. */
  stderrSays(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#says(pattern, () => this.#stderr);
  }

  /** The same of either output. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#says(pattern, () => this.#stdout + this.#stderr);
  }

  /** Signals the process alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Signals it and all that it started, as a terminal does at Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void {
    const {pid} = this.#child;
    if (pid === undefined || !this.isRunning) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** What was run, how it ended, and its last words: for a person who looks at a failed test. */
  story(): string {
    const end = this.#exit === null ? "still running" : `exit ${this.#exit.code ?? this.#exit.signal}`;
    const words = [...firstWarnings(this.#stdout), ...lastLines(this.#stdout), ...lastLines(this.#stderr)];
    return [`mote ${this.#argv.join(" ")} (${end})`, ...words].join("\n  ");
  }

  async #says(pattern: RegExp, output: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(output().slice(0, output().lastIndexOf("\n") + 1));
      if (match !== null) return match;
      if (!this.isRunning) throw new Error(`it had ended without saying ${pattern}`);
      await this.#more();
    }
  }

  /** Resolves when it has said more, or ended. */
  async #more(): Promise<void> {
    const {stdout, stderr} = this.#child;
    const heard = [stdout, stderr].map((stream) => new Promise((resolve) => stream?.once("data", resolve)));
    await Promise.race([...heard, this.exited]);
  }

  #read(text: string): void {
    this.#stdout += text;
    const lines = (this.#partOfLine + text).split("\n");
    this.#partOfLine = lines.pop() ?? "";
    // Other commands lay their JSON out over several lines.
    for (const line of lines) if (line.startsWith('{"') && line.endsWith("}")) this.#take(JSON.parse(line));
  }

  #take(line: LogLine): void {
    this.#lines.push(line);
    for (const waiter of this.#waiters) {
      if (!waiter.matches(line)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(line);
    }
  }
}

/** And blocks that took half a second: then it is the machine that was late. */
const firstWarnings = (text: string): string[] =>
  linesOf(text)
    .filter((line) => /"level":"(warn|error|fatal)"|"intoSlotMs":([5-9]\d\d|\d{4,}),/.test(line))
    .slice(0, STORY_WARNINGS_MAX);

const lastLines = (text: string): string[] => linesOf(text).slice(-STORY_LINES_MAX);

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.includes(`"event":"duty"`))
    .map((line) => line.slice(0, STORY_LINE_LENGTH_MAX));
