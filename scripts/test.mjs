// Runs every check in order and closes with one line that says how it went. Called by `npm test` after set-up.
import {spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const scratch = mkdtempSync(join(tmpdir(), "mote-test-"));
const countsFile = join(scratch, "counts.json");
const totals = {passed: 0, failed: 0, skipped: 0};

/** A check that is one thing: it passes or it fails. */
function check(title, command, args) {
  console.log(`\n── ${title}`);
  const {status} = spawnSync(command, args, {cwd: root, stdio: "inherit"});
  totals[status === 0 ? "passed" : "failed"]++;
}

/** They share a server, file after file. */
const SHARED_SERVER_TESTS = "packages/slashing-protection/test/postgres/**/*.test.ts";
/** Files side by side: tests of chains wait for slots most of the time, and most others keep one core busy. */
const sideBySide = (jobs) => ["--parallel", "--jobs", String(jobs)];

/** A run of mocha, whose tests count one by one. A run that dies before it has counted is one failure more. */
function mocha(title, ...words) {
  console.log(`\n── ${title}`);
  rmSync(countsFile, {force: true});
  const args = ["--reporter", join(root, "scripts", "counting-reporter.mjs"), ...words];
  const {status} = spawnSync(bin("mocha"), args, {
    cwd: root,
    stdio: "inherit",
    env: {...process.env, TEST_COUNTS_FILE: countsFile},
  });
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

try {
  check("lint and format", bin("biome"), ["ci", "."]);
  check("import rules", bin("node"), ["scripts/check-dag.ts"]);
  check("types of the tests", bin("tsc"), ["-b", "tsconfig.checks.json"]);
  mocha("packages", ...sideBySide(2), "--ignore", SHARED_SERVER_TESTS, "packages/*/test/**/*.test.ts");
  mocha("on one PostgreSQL", SHARED_SERVER_TESTS);
  mocha("the repository, and simulation", ...sideBySide(2), "--ignore", "test/e2e/**", "test/**/*.test.ts");
  mocha("commands, end to end", ...sideBySide(2), "test/e2e/commands/*.test.ts");
  mocha("an operator's work, end to end", ...sideBySide(4), "test/e2e/operation/*.test.ts");
  // Apart from the others, which derive keys and begin many nodes: here each duty counts, and none may want for a core.
  mocha("duties and the network, end to end", ...sideBySide(2), "test/e2e/*.test.ts", "test/e2e/network/*.test.ts");
  // Two chains at once by themselves, with peers that take what they can get.
  mocha("hostile peers, end to end", "test/e2e/hostile/*.test.ts");
} finally {
  rmSync(scratch, {recursive: true, force: true});
}
if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped, each with its reason above`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
