import type {CommandIo} from "../../src/command-io.ts";

/** A command's surroundings; what it writes is kept. @param columns of the terminal that shows the result; undefined: it is none */
export function memoryIo({columns, ...more}: Partial<CommandIo> & {readonly columns?: number | undefined} = {}) {
  const written = {stdout: "", stderr: ""};
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string, done?: (error?: Error | null) => void) => {
      written[name] += text;
      done?.();
    },
  });
  const io: CommandIo = {
    stdin: (async function* () {})(),
    stdout: {...stream("stdout"), ...(columns === undefined ? {} : {isTTY: true, columns})},
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
