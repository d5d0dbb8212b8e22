// Runs every check and closes with one line that says how it went. Called by `npm test` after set-up.
import {spawn} from "node:child_process";
import {once} from "node:events";
import {closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync} from "node:fs";
import {constants, setPriority, tmpdir} from "node:os";
import {join} from "node:path";
import {pipeline} from "node:stream/promises";
import {fileURLToPath} from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const scratch = mkdtempSync(join(tmpdir(), "mote-test-"));
const totals = {passed: 0, failed: 0, skipped: 0};

/** They share a server, file after file. */
const SHARED_SERVER_TESTS = "packages/slashing-protection/test/postgres/**/*.test.ts";
/** Files side by side: tests of chains wait for slots most of the time, and most others keep one core busy. */
const sideBySide = (jobs) => ["--parallel", "--jobs", String(jobs)];

/** Runs to the end, its output as it comes. @returns the exit status */
async function inFront(command, args, options) {
  const child = spawn(command, args, {cwd: root, stdio: "inherit", ...options});
  const [status] = await once(child, "close");
  return status;
}

/** The same, with what the machine has left over, and all of the output in the end. */
async function behind(command, args, options) {
  const path = join(scratch, `${process.hrtime.bigint()}.log`);
  const file = openSync(path, "w");
  const child = spawn(command, args, {cwd: root, stdio: ["ignore", file, file], ...options});
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const [status] = await once(child, "close");
  closeSync(file);
  await pipeline(createReadStream(path), process.stdout, {end: false});
  return status;
}

/** A check that is one thing: it passes or it fails. */
async function check(title, command, args) {
  const status = await behind(command, args);
  console.log(`── ${title}: ${status === 0 ? "ok" : "FAILED"}\n`);
  totals[status === 0 ? "passed" : "failed"]++;
}

/** A run of mocha, whose tests count one by one. A run that dies before it has counted is one failure more. */
async function mocha(run, title, ...words) {
  if (run === inFront) console.log(`\n── ${title}`);
  const countsFile = join(scratch, `${process.hrtime.bigint()}.json`);
  const args = ["--reporter", join(root, "scripts", "counting-reporter.mjs"), ...words];
  const status = await run(bin("mocha"), args, {env: {...process.env, TEST_COUNTS_FILE: countsFile}});
  if (run === behind) console.log(`── ${title}: that was all of it\n`);
  let counts = {passed: 0, failed: 0, skipped: 0};
  try {
    counts = JSON.parse(readFileSync(countsFile, "utf8"));
  } catch {
    console.error(`${title}: the run ended before it could count its tests`);
  }
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
  if (status !== 0 && counts.failed === 0) totals.failed++;
  if (status === 0 && counts.passed === 0) totals.failed++;
}

/** What waits for nobody, and so is made to wait itself. */
async function computing() {
  await check("lint and format", bin("biome"), ["ci", "."]);
  await check("import rules", bin("node"), ["scripts/check-dag.ts"]);
  await check("types of the tests", bin("tsc"), ["-b", "tsconfig.checks.json"]);
  const patiently = (title, ...words) => mocha(behind, title, "--timeout", "60000", ...words);
  await patiently("packages", ...sideBySide(2), "--ignore", SHARED_SERVER_TESTS, "packages/*/test/**/*.test.ts");
  await patiently("on one PostgreSQL", SHARED_SERVER_TESTS);
  await patiently("the repository, and simulation", ...sideBySide(2), "--ignore", "test/e2e/**", "test/**/*.test.ts");
}

/** What waits for slots, most of the time, and bears it when one begins late. */
async function waiting() {
  await mocha(inFront, "commands, end to end", ...sideBySide(2), "test/e2e/commands/*.test.ts");
  await mocha(inFront, "an operator's work, end to end", ...sideBySide(4), "test/e2e/operation/*.test.ts");
}

/** Here each duty counts, and none may want for a core: nothing else runs beside these, whatever its priority. */
async function strict() {
  const chains = ["test/e2e/*.test.ts", "test/e2e/network/*.test.ts"];
  await mocha(inFront, "duties and the network, end to end", ...sideBySide(2), ...chains);
  // Two chains at once by themselves, with peers that take what they can get.
  await mocha(inFront, "hostile peers, end to end", "test/e2e/hostile/*.test.ts");
}

try {
  await Promise.all([computing(), waiting()]);
  await strict();
} finally {
  rmSync(scratch, {recursive: true, force: true});
}
const skipped = totals.skipped === 0 ? "" : `, ${totals.skipped} skipped`;
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
