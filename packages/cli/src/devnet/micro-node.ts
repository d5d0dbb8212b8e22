import {type ChildProcess, spawn} from "node:child_process";
import {JsonLines} from "./json-lines.ts";
import {type NodeP2pFigures, readP2pFigures} from "./p2p-figures.ts";

/** How long a node that was asked to stop may take before it is killed. The node's own promise is 3 s. */
const STOP_TIMEOUT_MS = 3000;
const LAST_WORDS_MAX = 8;
const WORD_LENGTH_MAX = 300;

export interface MicroNodeInit {
  /** The words after `mote`. */
  readonly argv: readonly string[];
  /** The entry of the `mote` command. */
  readonly mainPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface MicroNodeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `mote start` as a process of its own, heard through its JSON lines. */
export class MicroNode {
  /** Resolves when the node says that it is ready; never when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<MicroNodeExit>;
  readonly #child: ChildProcess;
  readonly #lastWords: string[] = [];
  #rssBytes: number | null = null;
  #p2p: NodeP2pFigures | null = null;
  #exit: MicroNodeExit | null = null;

  constructor({argv, mainPath, env}: MicroNodeInit, {onWarning}: {readonly onWarning: (line: string) => void}) {
    this.#child = spawn(process.execPath, [mainPath, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      env: withoutOwn(env),
    });
    // A parent that leaves in a hurry takes its node along.
    const killNow = () => this.#child.kill("SIGKILL");
    process.once("exit", killNow);
    const {promise, resolve: setReady} = Promise.withResolvers<void>();
    this.ready = promise;
    this.exited = new Promise((resolve) => {
      const ended = (exit: MicroNodeExit) => {
        process.off("exit", killNow);
        this.#exit = exit;
        resolve(exit);
      };
      this.#child.once("error", (error) => {
        this.#remember(error.message);
        ended({code: null, signal: null});
      });
      this.#child.once("close", (code, signal) => ended({code, signal}));
    });
    const lines = new JsonLines({
      onObject: (line) => {
        if (line.event === "ready") setReady();
        if (typeof line.rssBytes === "number") this.#rssBytes = line.rssBytes;
        this.#p2p = readP2pFigures(line) ?? this.#p2p;
        if (line.level === "warn" || line.level === "error") {
          const text = wordsOf(line);
          this.#remember(text);
          onWarning(text);
        }
      },
      onOther: (line) => this.#remember(line),
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => lines.push(text));
    const errors = new JsonLines({
      onObject: (line) => this.#remember(wordsOf(line)),
      onOther: (line) => this.#remember(line),
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** As the node last said; null while it has not. */
  get rssBytes(): number | null {
    return this.#rssBytes;
  }

  /** As the node last said; null while it has not. */
  get p2p(): NodeP2pFigures | null {
    return this.#p2p;
  }

  get exit(): MicroNodeExit | null {
    return this.#exit;
  }

  /** The last warnings, errors and unexpected lines, oldest first. */
  get lastWords(): readonly string[] {
    return this.#lastWords;
  }

  /** Asks the node to stop and waits for it. */
  async stop(): Promise<MicroNodeExit> {
    this.#child.kill("SIGTERM");
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const exit = await this.exited;
    clearTimeout(kill);
    return exit;
  }

  #remember(line: string): void {
    this.#lastWords.push(line.slice(0, WORD_LENGTH_MAX));
    if (this.#lastWords.length > LAST_WORDS_MAX) this.#lastWords.shift();
  }
}

function wordsOf({msg, reason, detail}: Readonly<Record<string, unknown>>): string {
  const words = [msg, reason, detail].filter((word) => typeof word === "string" && word !== "");
  return words.join(": ").slice(0, WORD_LENGTH_MAX);
}

/** Settings that the person made for `mote start` are not meant for the devnet's node. */
function withoutOwn(env: MicroNodeInit["env"]): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("MOTE_") && name !== "LODESTAR_PRESET");
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
