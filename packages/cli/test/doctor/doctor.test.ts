import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {existsSync, mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Finding} from "@mote/node";
import {doctorCommand} from "../../src/commands/doctor.ts";
import {findingText, verdictText, worstLevel} from "../../src/doctor/findings-text.ts";
import {memoryIo} from "../support/memory-io.ts";

const FINE: Finding = {level: "ok", title: "clock", detail: "right", advice: null};
const WARNING: Finding = {level: "warn", title: "disk speed", detail: "slow", advice: "Put it on an SSD."};
const FAILURE: Finding = {level: "fail", title: "keys", detail: "none", advice: "mote keys new"};

describe("mote doctor: what it says", () => {
  it("puts what to do below what is", () => {
    assert.equal(findingText(FINE), "ok    clock             right\n");
    assert.equal(findingText(WARNING), "warn  disk speed        slow\n                        → Put it on an SSD.\n");
  });

  it("breaks long lines, and keeps paths whole", () => {
    const detail = `${"word ".repeat(30)}/${"x".repeat(120)}`;
    const lines = findingText({...FINE, detail})
      .trimEnd()
      .split("\n");
    assert.ok(lines.slice(0, -1).every((line) => line.length <= 110));
    assert.equal(lines.at(-1), `${" ".repeat(24)}/${"x".repeat(120)}`);
  });

  it("sums up by the worst", () => {
    assert.equal(worstLevel([FINE, WARNING, FAILURE]), "fail");
    assert.equal(worstLevel([FINE, WARNING]), "warn");
    assert.equal(worstLevel([FINE]), "ok");
    assert.match(verdictText([FINE, WARNING, FAILURE, FAILURE]), /2 things to mend .*, 1 warning/);
    assert.match(verdictText([WARNING]), /Mote can do its duties; 1 warning/);
    assert.match(verdictText([FINE]), /all is well/);
  });
});

describe("mote doctor", () => {
  it("helps, and refuses wrong options with 2", async () => {
    const help = memoryIo();
    assert.equal(await doctorCommand(["--help"], help.io), 0);
    assert.match(help.stdout(), /--beacon-nodes/);
    const wrong = memoryIo();
    assert.equal(await doctorCommand(["--network", "hoodi", "--beacon-nods", "http://a"], wrong.io), 2);
    assert.match(wrong.stderr(), /did you mean --beacon-nodes\?\nmote: see `mote doctor --help`/);
  });

  it("examines a machine on which nothing is there yet, ends with 1, and makes nothing", () => {
    const dir = mkdtempSync(join(tmpdir(), "mote-doctor-"));
    const datadir = join(dir, "data");
    try {
      const main = join(import.meta.dirname, "../../dist/main.js");
      // Nothing listens on port 9.
      const words = ["--network", "hoodi", "--beacon-nodes", "http://127.0.0.1:9", "--datadir", datadir];
      const {status, stdout, stderr} = spawnSync(process.execPath, [main, "doctor", ...words, "--json"], {
        encoding: "utf8",
        timeout: 9_000,
        env: {PATH: process.env.PATH, HOME: dir},
      });
      assert.deepEqual([status, stderr], [1, ""]);
      const {level, findings} = JSON.parse(stdout) as {level: string; findings: Finding[]};
      assert.equal(level, "fail");
      const failed = findings.filter((finding) => finding.level === "fail").map(({title}) => title);
      assert.deepEqual(failed, ["beacon node bn0", "keys", "protection"]);
      for (const finding of findings) assert.equal(finding.advice === null, finding.level === "ok", finding.detail);
      assert.equal(existsSync(datadir), false);
    } finally {
      rmSync(dir, {recursive: true, force: true});
    }
  });
});
