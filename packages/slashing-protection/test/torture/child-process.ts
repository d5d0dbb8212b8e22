import {type ChildProcess, spawn} from "node:child_process";
import {once} from "node:events";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";

export const childScript = (name: string): string => fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));

export interface ChildOutcome {
  /** All complete lines that it printed to its end. */
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a program to its end. `onLine` is told each line as it comes, and how many there are by then. */
export async function runChild(
  command: string,
  args: readonly string[],
  onLine: (child: ChildProcess, count: number) => void | Promise<void> = () => {},
  onSpawn: (child: ChildProcess) => void = () => {},
): Promise<ChildOutcome> {
  const child = spawn(command, args, {stdio: ["ignore", "pipe", "inherit"]});
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const lines: string[] = [];
  try {
    onSpawn(child);
    for await (const line of createInterface({input: child.stdout})) {
      lines.push(line);
      await onLine(child, lines.length);
    }
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  const [code, signal] = await exited;
  return {lines, code, signal};
}
