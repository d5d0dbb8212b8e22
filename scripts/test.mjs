// Runs every check in order and closes with one line that says how it went. Called by `npm test` after set-up.
import {spawn, spawnSync} from "node:child_process";
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, relative} from "node:path";
import {fileURLToPath} from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const scratch = mkdtempSync(join(tmpdir(), "mote-test-"));
/** Where chains of different processes agree on how many of them there are at once. */
const placesDir = join(scratch, "places");
mkdirSync(placesDir);
/** Hundreds of processes load the same modules. */
const compileCacheDir = join(scratch, "compile-cache");
const totals = {passed: 0, failed: 0, skipped: 0};
/** What is said before the last line. */
const notes = [];

/** A check that is one thing: it passes or it fails. */
function check(title, command, args) {
  console.log(`\n── ${title}`);
  const {status} = spawnSync(command, args, {cwd: root, stdio: "inherit"});
  totals[status === 0 ? "passed" : "failed"]++;
}

const PROTECTION_TESTS = "packages/slashing-protection/test";
/** They share a server, file after file. */
const SHARED_SERVER_TESTS = `${PROTECTION_TESTS}/postgres/**/*.test.ts`;
/** The longest file of all packages is among the first of these. */
const PACKAGE_TESTS = [
  `${PROTECTION_TESTS}/torture/*.test.ts`,
  "packages/!(slashing-protection)/test/**/*.test.ts",
  `${PROTECTION_TESTS}/*.test.ts`,
  `${PROTECTION_TESTS}/!(postgres|torture)/**/*.test.ts`,
];
/** Chains with the most to tell, one thing after another, begin before the others. */
const LONGEST_FIRST = ["all-duties", "doppelganger", "keymanager-failures", "beacon-nodes", "finality"];
/** All of them wait in one line from the beginning. */
const CHAIN_SUITES = 20;
const AGAIN_FILES_MAX = 3;
const sideBySide = (jobs) => ["--parallel", "--jobs", String(jobs)];

/** Runs of mocha beside each other, whose tests count one by one. The first one is heard as it goes, the others when they are over. */
async function mocha(...runs) {
  const ended = await Promise.all(runs.map((run, nth) => runMocha(run, {isHeard: nth === 0})));
  for (const [nth, {unheard, ...end}] of ended.entries()) {
    process.stdout.write(unheard);
    const {byFile, status} = runs[nth].isInRealTime ? await withSecondRun(runs[nth], end) : end;
    count(byFile, status);
  }
}

/** A run that dies before it has counted is one failure more. */
function count(byFile, status) {
  const files = Object.values(byFile);
  for (const key of Object.keys(totals)) totals[key] += sumOf(files, key);
  if (status !== 0 && sumOf(files, "failed") === 0) totals.failed++;
  if (status === 0 && sumOf(files, "passed") === 0) totals.failed++;
}

const sumOf = (counts, key) => counts.reduce((sum, each) => sum + each[key], 0);

/**
 * Tests against the clock of a chain. A machine that has other work may starve one of many chains at once: what failed is run again by itself, which is what
 * counts, and is said in the end. What fails in more files than a few fails for another reason.
 */
async function withSecondRun({title}, first) {
  const {status, byFile} = first;
  const files = Object.keys(byFile).filter((file) => byFile[file].failed > 0);
  // Mocha exits with the number of its failures; with another one when it came to harm itself.
  const isOnlyFailures = status === sumOf(Object.values(byFile), "failed");
  if (!isOnlyFailures || files.length === 0 || files.length > AGAIN_FILES_MAX) return first;
  const second = await runMocha({title: `${title}, by themselves`, words: files}, {isHeard: true});
  process.stdout.write(second.unheard);
  for (const file of files) {
    const [before, now] = [byFile[file].failed, second.byFile[file]?.failed ?? "all"];
    notes.push(`${relative(root, file)} was run twice: ${before} failed beside others, ${now} by itself`);
    delete byFile[file];
  }
  return {status: second.status, byFile: {...byFile, ...second.byFile}};
}

/** @returns how it ended, its counts by test file, and what was not heard */
async function runMocha({title, words}, {isHeard}) {
  const headline = `\n── ${title}\n`;
  if (isHeard) process.stdout.write(headline);
  const countsFile = join(scratch, `${title}.json`);
  const args = ["--reporter", join(root, "scripts", "counting-reporter.mjs"), ...words];
  const child = spawn(bin("mocha"), args, {
    cwd: root,
    stdio: isHeard ? "inherit" : ["ignore", "pipe", "pipe"],
    env: {...process.env, TEST_COUNTS_FILE: countsFile, E2E_PLACES_DIR: placesDir, NODE_COMPILE_CACHE: compileCacheDir},
  });
  let unheard = isHeard ? "" : headline;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text) => {
      unheard += text;
    });
  const status = await new Promise((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", resolve);
  });
  const byFile = readCounts(countsFile);
  if (byFile === null) unheard += `${title}: the run ended before it could count its tests\n`;
  return {status, byFile: byFile ?? {}, unheard};
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

try {
  check("lint and format", bin("biome"), ["ci", "."]);
  check("import rules", bin("node"), ["scripts/check-dag.ts"]);
  check("types of the tests", bin("tsc"), ["-b", "tsconfig.checks.json"]);
  await mocha(
    {title: "packages", words: [...sideBySide(2), ...PACKAGE_TESTS]},
    {title: "on one PostgreSQL", words: [SHARED_SERVER_TESTS]},
    {title: "the repository", words: [...sideBySide(2), "test/!(e2e|networking)/**/*.test.ts"]},
  );
  await mocha(
    {
      title: "peers and commands",
      words: [...sideBySide(2), "test/networking/**/*.test.ts", "test/e2e/commands/*.test.ts"],
    },
    {
      title: "an operator's work, end to end",
      words: [...sideBySide(3), "test/e2e/operation/*.test.ts"],
      isInRealTime: true,
    },
  );
  // By themselves, as each duty counts. How many chains there are at once is not said by the jobs, but by places that they share.
  await mocha({
    title: "duties and the network, end to end",
    words: [
      ...sideBySide(CHAIN_SUITES),
      ...["hostile/*", "network/*", ...LONGEST_FIRST, `!(${LONGEST_FIRST.join("|")})`].map(
        (files) => `test/e2e/${files}.test.ts`,
      ),
    ],
    isInRealTime: true,
  });
} finally {
  rmSync(scratch, {recursive: true, force: true});
}
for (const note of notes) console.log(`\n${note}`);
if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped, each with its reason above`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
