import type {CommandIo} from "../../src/command-io.ts";

/** A command's surroundings without a terminal; what it writes is kept. */
export function memoryIo(more: Partial<CommandIo> = {}) {
  const written = {stdout: "", stderr: ""};
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string, done?: (error?: Error | null) => void) => {
      written[name] += text;
      done?.();
    },
  });
  const io: CommandIo = {
    stdin: (async function* () {})(),
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: {},
    workingDir: "/",
    homeDir: "/",
    stop: new AbortController().signal,
    endOnBrokenPipe: () => {},
    ...more,
  };
  return {io, stdout: () => written.stdout, stderr: () => written.stderr};
}
