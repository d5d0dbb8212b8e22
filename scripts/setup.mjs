// Makes a clone ready to run: installs packages when the lockfile changed, builds what is stale, and does nothing, fast, otherwise.
// Plain JavaScript on purpose: it runs on whatever Node the machine has (20 or newer), before anything is installed.
import {spawn} from "node:child_process";
import {createHash} from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import {dirname, join, relative} from "node:path";
import process from "node:process";
import {setTimeout as sleep} from "node:timers/promises";
import {fileURLToPath} from "node:url";

const NODE_MAJOR_MIN = 24;
const HOST_NODE_MAJOR_MIN = 20;
/** What went wrong stands first; after it npm explains its options. */
const NPM_LINES_SHOWN_MAX = 20;
const LOCK_WAIT_MS_MAX = 900_000;
const LOCK_POLL_MS = 100;
/** A lock directory whose owner did not write its pid within this time was left by a process that died in between. */
const LOCK_OWNERLESS_MS_MAX = 10_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const paths = {
  lockfile: join(root, "package-lock.json"),
  packages: join(root, "packages"),
  modules: join(root, "node_modules"),
  node: join(root, "node_modules", ".bin", "node"),
  tsc: join(root, "node_modules", "typescript", "bin", "tsc"),
  main: join(root, "packages", "cli", "dist", "main.js"),
  installStamp: join(root, "node_modules", ".mote-setup"),
  buildStamp: join(root, "node_modules", ".mote-build"),
  lock: join(root, ".setup-lock"),
};

/** What is wrong and what to do about it, for a person. */
class SetupError extends Error {}

// Standard output belongs to the command that runs after the setup.
const say = (line) => process.stderr.write(`setup: ${line}\n`);
const seconds = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

// ---- what is stale -------------------------------------------------------------------------------------------------------------

function installFingerprint() {
  if (!existsSync(paths.lockfile))
    throw new SetupError("package-lock.json is missing: restore it with `git checkout package-lock.json`.");
  return digest([process.platform, process.arch, readFileSync(paths.lockfile)]);
}

/** Names, sizes and times of all that the build reads. Times may change without contents (a checkout); the build itself then does nothing. */
function buildFingerprint() {
  const lines = [];
  const add = (path) => {
    const stats = statSync(path, {throwIfNoEntry: false});
    if (stats !== undefined) lines.push(`${relative(root, path)} ${stats.size} ${stats.mtimeMs}`);
  };
  for (const name of ["package.json", "tsconfig.json", "tsconfig.base.json"]) add(join(root, name));
  for (const name of packageNames()) {
    const dir = join(paths.packages, name);
    add(join(dir, "package.json"));
    add(join(dir, "tsconfig.json"));
    for (const file of filesUnder(join(dir, "src"))) add(file);
  }
  return digest([installFingerprint(), lines.sort().join("\n")]);
}

function packageNames() {
  return readdirSync(paths.packages).filter((name) => existsSync(join(paths.packages, name, "tsconfig.json")));
}

function filesUnder(dir) {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, {withFileTypes: true, recursive: true});
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

const stampOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : null);

const needsInstall = () => stampOf(paths.installStamp) !== installFingerprint() || !existsSync(paths.node);

function needsBuild() {
  if (stampOf(paths.buildStamp) !== buildFingerprint()) return true;
  return packageNames().some((name) => !existsSync(join(paths.packages, name, "dist", ".tsbuildinfo")));
}

/** Written beside and renamed, so that no reader ever sees half of it. */
function writeStamp(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

// ---- install -------------------------------------------------------------------------------------------------------------------

async function install() {
  if (!installedMatchesLockfile()) {
    say("installing packages (about a minute the first time)");
    const startedMs = Date.now();
    const npm = process.env.npm_execpath;
    const command = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
    // `npm ci` refuses a lockfile that lacks packages of other platforms, and removes what another command is just running from.
    // `install` follows the lockfile as well, and without saving leaves it as it is.
    const options = ["--no-save", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
    const {code, output} = await run([...command, "install", ...options]);
    if (code !== 0) {
      const words = output.trim().split("\n").slice(0, NPM_LINES_SHOWN_MAX).join("\n");
      throw new SetupError(`npm install failed. Its own words:\n${words}\nRemove the cause and run the command again.`);
    }
    say(`packages installed in ${seconds(startedMs)}`);
  }
  await checkNode();
  writeStamp(paths.installStamp, installFingerprint());
}

/** True when somebody ran npm here already: then what is installed is what the lockfile asks for, and only the stamp is missing. */
function installedMatchesLockfile() {
  const hidden = join(paths.modules, ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(paths.lockfile, "utf8")).packages);
  return wanted.every(([path, {version, link, optional, devOptional, peer}]) => {
    if (!path.includes("node_modules/") || link) return true;
    const there = installed[path];
    if (there === undefined) return Boolean(optional || devOptional || peer);
    return there.version === version && existsSync(join(root, path));
  });
}

async function checkNode() {
  const advice =
    "npm may have been told not to run install scripts; Mote needs the one of the package `node`.\n" +
    "Run `npm rebuild node --ignore-scripts=false` (npm 12 and later: `npm approve-scripts node` first), and then the command again.";
  if (!existsSync(paths.node)) throw new SetupError(`node_modules/.bin/node is missing. ${advice}`);
  const {code, output} = await run([paths.node, "--version"]);
  const major = Number(/^v(\d+)\./.exec(output)?.[1] ?? 0);
  if (code !== 0) throw new SetupError(`node_modules/.bin/node does not run: ${output.trim()}\n${advice}`);
  if (major < NODE_MAJOR_MIN) {
    throw new SetupError(
      `node_modules/.bin/node is ${output.trim()}, and Mote needs v${NODE_MAJOR_MIN} or later. ${advice}`,
    );
  }
}

// ---- build ---------------------------------------------------------------------------------------------------------------------

async function build() {
  // Taken before the build: a file saved while it runs makes the next setup build again.
  const fingerprint = buildFingerprint();
  say("building");
  const startedMs = Date.now();
  const {code, output} = await run([paths.node, paths.tsc, "-b", "--pretty", "false"]);
  if (code !== 0) throw new SetupError(`the build failed:\n${output}`);
  // npm links it into node_modules/.bin before it is there, so npm could not do that.
  if (existsSync(paths.main)) chmodSync(paths.main, 0o755);
  writeStamp(paths.buildStamp, fingerprint);
  say(`built in ${seconds(startedMs)}`);
}

/** Runs a program to its end and keeps what it says for the case that it fails. */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {...process.env, FORCE_COLOR: "0"},
    });
    const chunks = [];
    const keep = (chunk) => chunks.push(chunk);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({code: 1, output: error.message}));
    child.once("close", (code) => resolve({code, output: Buffer.concat(chunks).toString().slice(-20_000)}));
  });
}

// ---- one setup at a time -------------------------------------------------------------------------------------------------------

async function withLock(work) {
  await takeLock();
  const release = () => rmSync(paths.lock, {recursive: true, force: true});
  process.once("exit", release);
  const onSignal = () => process.exit(130);
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    await work();
  } finally {
    release();
    process.off("exit", release);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

async function takeLock() {
  const untilMs = Date.now() + LOCK_WAIT_MS_MAX;
  let told = false;
  while (!tryMakeDir(paths.lock)) {
    removeDeadLock();
    if (Date.now() > untilMs) {
      throw new SetupError(
        `another setup (pid ${ownerOf(paths.lock) ?? "unknown"}) holds ${paths.lock}; end it or remove that directory.`,
      );
    }
    if (!told && ownerOf(paths.lock) !== null) {
      say(`waiting for another setup (pid ${ownerOf(paths.lock)})`);
      told = true;
    }
    await sleep(LOCK_POLL_MS);
  }
  writeFileSync(join(paths.lock, "pid"), String(process.pid));
}

/**
 * Two waiters must not both remove the lock of a dead owner: the second would remove the lock that the first has taken since. So only the
 * holder of a second lock removes, after looking again.
 */
function removeDeadLock() {
  if (!isDead(paths.lock)) return;
  const guard = `${paths.lock}-removal`;
  if (!tryMakeDir(guard)) {
    if (isDead(guard)) rmSync(guard, {recursive: true, force: true});
    return;
  }
  if (isDead(paths.lock)) rmSync(paths.lock, {recursive: true, force: true});
  rmSync(guard, {recursive: true, force: true});
}

function isDead(lock) {
  const owner = ownerOf(lock);
  if (owner !== null) return !isRunning(owner);
  const stats = statSync(lock, {throwIfNoEntry: false});
  return stats !== undefined && Date.now() - stats.mtimeMs > LOCK_OWNERLESS_MS_MAX;
}

function ownerOf(lock) {
  try {
    const pid = Number(readFileSync(join(lock, "pid"), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function tryMakeDir(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

// --------------------------------------------------------------------------------------------------------------------------------

async function setup() {
  const hostMajor = Number(process.versions.node.split(".")[0]);
  if (hostMajor < HOST_NODE_MAJOR_MIN) {
    throw new SetupError(
      `this is Node ${process.versions.node}; the setup needs Node ${HOST_NODE_MAJOR_MIN} or later (the rest brings its own).`,
    );
  }
  if (!needsInstall() && !needsBuild()) return;
  await withLock(async () => {
    if (needsInstall()) await install();
    if (needsBuild()) await build();
  });
}

try {
  await setup();
} catch (error) {
  say(error instanceof SetupError ? error.message : `failed: ${error.stack}`);
  process.exitCode = 1;
}
