import {type FileHandle, mkdtemp, open, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {describeFileError} from "@mote/node/config";
import {RefusedError} from "../command/refused-error.ts";
import {notWritable} from "../files/not-writable.ts";

const CHUNK_SIZE_BYTES = 64 * 1024;

/** An interchange file that can be read more than once. */
export interface InputFile {
  /** For people. */
  readonly name: string;
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * What comes through a pipe is kept in a private file first, since a file's `metadata` may follow its `data` and nothing may be taken in before
 * all of it was read. That file has no name any more when the first byte is written, so nothing is left behind, however the process ends.
 *
 * @param path `-` for standard input
 * @throws {RefusedError} when it cannot be read
 */
export async function openInputFile(
  path: string,
  {stdin, stop}: {readonly stdin: AsyncIterable<Uint8Array>; readonly stop: AbortSignal},
): Promise<InputFile> {
  if (path === "-") return await spool("standard input", stdin, stop);
  const file = await open(path, "r").catch((error: unknown) => {
    throw new RefusedError(`${path} cannot be read: ${describeFileError(error)}`);
  });
  let isKept = false;
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw new RefusedError(`${path} cannot be read: it is a directory`);
    if (!stat.isFile()) return await spool(path, read(file, null), stop);
    isKept = true;
    return await inputFile(path, file);
  } finally {
    if (!isKept) await file.close();
  }
}

async function spool(name: string, source: AsyncIterable<Uint8Array>, stop: AbortSignal): Promise<InputFile> {
  const file = await openNameless().catch((error: unknown) => {
    throw notWritable(tmpdir(), error);
  });
  try {
    for await (const chunk of untilStopped(source, stop)) {
      await file.writeFile(chunk).catch((error: unknown) => {
        throw notWritable(`a copy of ${name} in ${tmpdir()}`, error);
      });
    }
    return await inputFile(name, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openNameless(): Promise<FileHandle> {
  const dir = await mkdtemp(join(tmpdir(), "mote-import-"));
  try {
    return await open(join(dir, "interchange.json"), "wx+", 0o600);
  } finally {
    await rm(dir, {recursive: true});
  }
}

async function inputFile(name: string, file: FileHandle): Promise<InputFile> {
  const {size: sizeBytes} = await file.stat();
  return {
    name,
    sizeBytes,
    read: () => read(file, 0),
    close: () => file.close(),
  };
}

/** A stream of `node:fs` would close the file at its end. @param start null: from where it stands, as a pipe has to be read */
async function* read(file: FileHandle, start: number | null): AsyncGenerator<Uint8Array> {
  let position = start;
  for (;;) {
    const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(CHUNK_SIZE_BYTES), 0, CHUNK_SIZE_BYTES, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    if (position !== null) position += bytesRead;
  }
}

/** Ends with the signal's reason, also while nothing comes. */
async function* untilStopped(source: AsyncIterable<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  stop.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  const onAbort = () => stopped.reject(stop.reason);
  stop.addEventListener("abort", onAbort, {once: true});
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await Promise.race([chunks.next(), stopped.promise]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    stop.removeEventListener("abort", onAbort);
    // Not waited for: a source that has nothing to say may not answer this either.
    chunks.return?.()?.catch(() => {});
  }
}
