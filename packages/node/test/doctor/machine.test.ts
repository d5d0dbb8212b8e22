import assert from "node:assert/strict";
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {checkClock} from "../../src/doctor/clock-check.ts";
import {checkDiskSpace, checkDiskSpeed} from "../../src/doctor/disk-check.ts";
import {probeDisk} from "../../src/doctor/disk-probe.ts";
import {checkMemory, checkOpenFiles, readOpenFilesLimit} from "../../src/doctor/machine-check.ts";
import {checkPort} from "../../src/doctor/ports-check.ts";

const MIB = 2 ** 20;

describe("doctor: clock", () => {
  const offsets = (...bounds: [lowMs: number, highMs: number][]) =>
    bounds.map(([lowMs, highMs], at) => ({beaconNode: `bn${at}`, bounds: {lowMs, highMs}}));
  const levelOf = (...bounds: [number, number][]) => checkClock({offsets: offsets(...bounds), timeService: null}).level;

  it("is content when the beacon nodes' clocks may be the same", () => {
    assert.equal(levelOf([-300, 200], [-400, 900]), "ok");
  });

  it("warns of half a second for sure, and fails at two", () => {
    assert.equal(levelOf([600, 1_100]), "warn");
    assert.equal(levelOf([-1_100, -600]), "warn");
    assert.equal(levelOf([2_100, 2_900]), "fail");
    const ahead = checkClock({offsets: offsets([-9_000, -8_000]), timeService: "chrony"});
    assert.equal(ahead.level, "fail");
    assert.match(ahead.detail, /at least 8000 ms ahead of the beacon nodes'; kept by chrony/);
  });

  it("does not believe one of three", () => {
    assert.equal(levelOf([90_000, 91_000], [-300, 200], [-200, 300]), "ok");
    assert.equal(levelOf([90_000, 91_000], [80_000, 91_000], [-200, 300]), "fail");
  });

  it("asks for a time service when nobody tells the time", () => {
    assert.equal(checkClock({offsets: [], timeService: null}).level, "warn");
    assert.equal(checkClock({offsets: [], timeService: "chrony"}).level, "ok");
  });
});

describe("doctor: disk", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-doctor-"));
  });
  afterEach(() => {
    rmSync(dir, {recursive: true, force: true});
  });

  /** Each look at the clock is so much later. */
  const steppingClock = (stepMs: number) => {
    let nowMs = 0;
    return () => {
      nowMs += stepMs;
      return nowMs;
    };
  };

  it("measures where the data directory will be, and leaves nothing behind", async () => {
    const facts = await probeDisk(join(dir, "not/yet/there"), {monotonicMs: steppingClock(1), fileId: "test"});
    assert.equal(facts.folder, dir);
    assert.equal(facts.problem, null);
    assert.deepEqual([facts.writesMs.length, facts.writesMs[0]], [64, 1]);
    assert.ok(facts.freeBytes > 0);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("stops measuring on a disk that is too slow for all of it", async () => {
    const {writesMs} = await probeDisk(dir, {monotonicMs: steppingClock(400), fileId: "test"});
    assert.ok(writesMs.length > 0 && writesMs.length < 10, String(writesMs.length));
  });

  it("fails where nothing can be written", async () => {
    const file = join(dir, "no-folder");
    writeFileSync(file, "");
    const facts = await probeDisk(file, {monotonicMs: steppingClock(1), fileId: "test"});
    assert.equal(facts.problem, "ENOTDIR");
    assert.equal(checkDiskSpeed(facts).level, "fail");
  });

  it("judges speed by the usual write and by the slowest", () => {
    const speed = (writesMs: number[], problem: string | null = null) =>
      checkDiskSpeed({folder: "/data", freeBytes: 0, problem, writesMs}).level;
    assert.equal(speed([1, 1, 2, 9]), "ok");
    assert.equal(speed([60, 60, 60, 60]), "warn");
    assert.equal(speed([1, 1, 1, 900]), "warn");
    assert.equal(speed([1_500, 1_500]), "fail");
    assert.equal(speed([], "EROFS"), "fail");
  });

  it("judges free space", () => {
    const space = (freeBytes: number) =>
      checkDiskSpace({folder: "/data", freeBytes, problem: null, writesMs: []}).level;
    assert.deepEqual([space(2 ** 33), space(500 * MIB), space(50 * MIB)], ["ok", "warn", "fail"]);
  });
});

describe("doctor: memory and open files", () => {
  it("compares what is free with what unlocking takes", () => {
    const memory = (availableBytes: number, kdfMemoryBytes: number) =>
      checkMemory({availableBytes, kdfMemoryBytes}).level;
    assert.equal(memory(2_000 * MIB, 256 * MIB), "ok");
    assert.equal(memory(400 * MIB, 256 * MIB), "warn");
    assert.equal(memory(200 * MIB, 256 * MIB), "fail");
    assert.equal(memory(300 * MIB, 0), "ok");
  });

  it("reads the limit of open files as Linux writes it", () => {
    const path = join(mkdtempSync(join(tmpdir(), "mote-limits-")), "limits");
    const limits = (soft: string) => {
      writeFileSync(
        path,
        `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 524288               files\n`,
      );
      return readOpenFilesLimit(path);
    };
    assert.equal(limits("1024"), 1024);
    assert.equal(limits("unlimited"), Number.POSITIVE_INFINITY);
    rmSync(join(path, ".."), {recursive: true});
    assert.equal(readOpenFilesLimit(path), null);
    assert.equal(checkOpenFiles(null), null);
    assert.equal(checkOpenFiles(256)?.level, "warn");
    assert.equal(checkOpenFiles(1_024)?.level, "ok");
  });
});

describe("doctor: ports", () => {
  const wanted = (port: number) => ({what: "metrics" as const, option: "--metrics-port", address: "127.0.0.1", port});

  it("tells a free port from a taken one, and from our own", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const {port} = server.address() as {port: number};
    const taken = await checkPort(wanted(port), {isOwn: false});
    assert.equal(taken.level, "fail");
    assert.match(`${taken.detail} ${taken.advice}`, /is taken.*--metrics-port/);
    assert.equal((await checkPort(wanted(port), {isOwn: true})).level, "ok");
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await checkPort(wanted(port), {isOwn: false})).level, "ok");
  });

  it("fails for an address that is not this machine's", async () => {
    assert.equal((await checkPort({...wanted(5064), address: "192.0.2.1"}, {isOwn: false})).level, "fail");
  });
});
