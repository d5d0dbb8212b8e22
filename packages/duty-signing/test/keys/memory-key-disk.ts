import {basename, dirname, join} from "node:path";
import type {KeyDisk} from "../../src/keys/key-disk.ts";
import {FileTooLargeError} from "../../src/keys/key-files.ts";

/** A disk in memory: full paths and their contents. An Error is thrown when its path is read. */
export class MemoryKeyDisk implements KeyDisk {
  readonly contents = new Map<string, string | Uint8Array | Error>();
  readonly folders = new Set<string>();
  /** Paths that were read, in this order. */
  readonly reads: string[] = [];
  /** Changes that still succeed; the one after them is refused, as on a full disk, and every one after that. */
  changesLeft = Number.POSITIVE_INFINITY;
  /** What was done to the disk, in this order. */
  readonly changes: string[] = [];

  put(folder: string, name: string, content: string | Uint8Array | Error): this {
    this.contents.set(join(folder, name), content);
    return this;
  }

  async list(folder: string): Promise<string[]> {
    const paths = [...this.contents.keys()].filter((path) => path.startsWith(join(folder, "/")));
    if (paths.length === 0 && !this.folders.has(join(folder))) throw systemError("ENOENT", folder);
    const names = paths.map((path) => path.slice(folder.length + 1).split(/[/\\]/)[0] ?? "");
    return [...new Set(names)].reverse();
  }

  async read(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    this.reads.push(path);
    const content = this.contents.get(path);
    if (content === undefined) throw systemError("ENOENT", path);
    if (content instanceof Error) throw content;
    const bytes = Buffer.from(content);
    if (bytes.length > sizeBytesMax) throw new FileTooLargeError(`larger than ${sizeBytesMax} bytes`);
    return bytes;
  }

  async makeFolder(path: string): Promise<void> {
    if (this.folders.has(join(path))) return;
    this.#change(`folder ${basename(path)}`);
    for (let folder = join(path); !this.folders.has(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
      this.folders.add(folder);
    }
  }

  async writeWhole(path: string, text: string): Promise<void> {
    if (!this.folders.has(dirname(path))) throw systemError("ENOENT", path);
    this.#change(`write ${basename(path)}`);
    this.contents.set(path, text);
  }

  async rename(from: string, to: string): Promise<void> {
    const content = this.contents.get(from);
    if (content === undefined) throw systemError("ENOENT", from);
    this.#change(`rename ${basename(from)} ${basename(to)}`);
    this.contents.delete(from);
    this.contents.set(to, content);
  }

  async removeFile(path: string): Promise<void> {
    if (!this.contents.has(path)) return;
    this.#change(`remove ${basename(path)}`);
    this.contents.delete(path);
  }

  async removeEmptyFolder(path: string): Promise<void> {
    if ((await this.list(path).catch(() => [])).length === 0) this.folders.delete(join(path));
  }

  #change(what: string): void {
    if (this.changesLeft <= 0) throw systemError("ENOSPC", what);
    this.changesLeft--;
    this.changes.push(what);
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), {code});
}
