import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Clock, ImportProgress, ImportReport, KeyImportReport, Pubkey, Root} from "@mote/core";
import {writeToFile} from "../../src/files/output-file.ts";
import {ProgressLine} from "../../src/screen/progress-line.ts";
import {importProgressText} from "../../src/slashing-protection/import-progress.ts";
import {blockedWarnings, importText} from "../../src/slashing-protection/import-report.ts";
import {openInputFile} from "../../src/slashing-protection/input-file.ts";
import {buildStore} from "../../src/slashing-protection/new-store.ts";
import {chooseChain, readStoreRoot} from "../../src/slashing-protection/store.ts";

const never = new AbortController().signal;

async function* each<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe("the chain of a store", () => {
  const [network, store, file] = ["11", "22", "33"].map((byte) => `0x${byte.repeat(32)}` as Root) as [Root, Root, Root];
  const config = {
    network: {kind: "devnet"},
    datadir: "/d",
    protectionStore: {kind: "level", path: "/d/slashing-protection"},
  } as const;
  const choose = (known: {network: Root | null; store: Root | null; file: Root | null}) =>
    chooseChain(config, {
      readNetworkRoot: async () => known.network,
      readStoreRoot: async () => known.store,
      readFileRoot: known.file === null ? null : async () => known.file as Root,
    });

  it("is said by the network, else by the store, else by the file", async () => {
    assert.deepEqual(await choose({network, store, file}), {genesisValidatorsRoot: network, saidBy: "network"});
    assert.deepEqual(await choose({network: null, store, file}), {genesisValidatorsRoot: store, saidBy: "store"});
    assert.deepEqual(await choose({network: null, store: null, file}), {genesisValidatorsRoot: file, saidBy: "file"});
    await assert.rejects(choose({network: null, store: null, file: null}), /there is no slashing protection at \/d/);
  });
});

describe("the chain of a store, where there is one per genesis", () => {
  const [first, second] = ["11", "22"].map((byte) => `0x${byte.repeat(32)}` as Root) as [Root, Root];
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "mote-cli-test-"));
  });
  afterEach(() => rmSync(path, {recursive: true}));
  const config = () =>
    ({
      network: {kind: "known", name: "ephemery"},
      datadir: path,
      protectionStore: {kind: "level", path, isPerGenesis: true},
    }) as const;
  const choose = (file: Root | null) =>
    chooseChain(config(), {
      readNetworkRoot: async () => null,
      readStoreRoot: () => readStoreRoot(config(), {clock: {nowMs: () => 0, after: () => () => {}}}),
      readFileRoot: file === null ? null : async () => file,
    });

  it("is the file's, and without a file that of the store which was written last", async () => {
    await assert.rejects(choose(null), /there is no slashing protection/);
    for (const [root, atSec] of [
      [first, 20],
      [second, 10],
    ] as const) {
      mkdirSync(join(path, root));
      utimesSync(join(path, root), atSec, atSec);
    }
    assert.deepEqual(await choose(second), {genesisValidatorsRoot: second, saidBy: "file"});
    assert.deepEqual(await choose(null), {genesisValidatorsRoot: first, saidBy: "store"});
  });
});

describe("files of a command", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-cli-test-"));
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  it("are read as often as needed, standard input too", async () => {
    const bytes = Buffer.alloc(200_000, "abc");
    writeFileSync(join(dir, "in"), bytes);
    for (const path of [join(dir, "in"), "-"]) {
      const file = await openInputFile(path, {stdin: each(bytes.subarray(0, 7), bytes.subarray(7)), stop: never});
      for (const _ of [1, 2]) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of file.read()) chunks.push(chunk);
        assert.ok(Buffer.concat(chunks).equals(bytes));
      }
      assert.equal(file.sizeBytes, bytes.length);
      await file.close();
    }
  });

  it("are not written when the pieces end in an error, and nothing is left behind", async () => {
    async function* failing(): AsyncGenerator<string> {
      yield "half";
      throw new Error("the disk is gone");
    }
    const path = join(dir, "out.json");
    await assert.rejects(writeToFile(failing(), {path, mayReplace: true, stop: never}), /the disk is gone/);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("do not replace what came while they were written", async () => {
    const path = join(dir, "out.json");
    async function* overtaken(): AsyncGenerator<string> {
      yield "mine";
      writeFileSync(path, "theirs");
    }
    await assert.rejects(writeToFile(overtaken(), {path, mayReplace: false, stop: never}), /is there already/);
    assert.equal(readFileSync(path, "utf8"), "theirs");
    assert.deepEqual(readdirSync(dir), ["out.json"]);
  });

  it("stop in the middle when asked to", async () => {
    const stop = AbortSignal.abort();
    await assert.rejects(writeToFile(each("a"), {path: join(dir, "out.json"), mayReplace: true, stop}));
    await assert.rejects(openInputFile("-", {stdin: each(Buffer.from("a")), stop}));
    assert.deepEqual(readdirSync(dir), []);
  });

  it("stop while standard input has nothing to say", async () => {
    const controller = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      setImmediate(() => controller.abort(new Error("asked to stop")));
      await new Promise(() => {});
    }
    await assert.rejects(openInputFile("-", {stdin: silent(), stop: controller.signal}), /asked to stop/);
  });

  it("make a store that is there whole or not at all", async () => {
    const path = join(dir, "data", "slashing-protection");
    const failing = buildStore(path, async (unfinished) => {
      writeFileSync(join(unfinished, "records"), "some");
      throw new Error("no");
    });
    await assert.rejects(failing, /no/);
    assert.deepEqual(readdirSync(join(dir, "data")), []);

    await buildStore(path, async (unfinished) => {
      assert.equal(existsSync(path), false);
      writeFileSync(join(unfinished, "records"), "all");
    });
    assert.equal(readFileSync(join(path, "records"), "utf8"), "all");
    assert.deepEqual(readdirSync(join(dir, "data")), ["slashing-protection"]);
  });

  it("never put a store over other files", async () => {
    const path = join(dir, "store");
    mkdirSync(path);
    writeFileSync(join(path, "LOG"), "old");
    await assert.rejects(
      buildStore(path, async () => {}),
      /has files in it that are no slashing protection/,
    );
    assert.deepEqual(readdirSync(dir), ["store"]);
  });
});

describe("the report of an import", () => {
  const none = {added: 0, known: 0, belowMinimum: 0};
  const key = (at: number, isBlocked: boolean): KeyImportReport => ({
    pubkey: `0x${String(at).padStart(96, "0")}` as Pubkey,
    attestations: {added: 2, known: 1, belowMinimum: 0},
    blocks: none,
    isBlocked,
  });

  it("adds up and is silent about keys that there is nothing to say of", () => {
    const report: ImportReport = {keys: [key(1, false), key(2, false)]};
    assert.deepEqual(importText(report, "/d").split("\n").slice(0, 2), [
      "imported 2 keys into the slashing protection at /d",
      "  votes   4 added, 2 known before, 0 at or below a key's minimum (refused anyway, not kept)",
    ]);
    assert.equal(importText(report, "/d").trimEnd().split("\n").length, 3);
    assert.deepEqual(blockedWarnings(report), []);
  });

  it("is bounded, and says how many keys it left out", () => {
    const report: ImportReport = {keys: Array.from({length: 50}, (_, at) => key(at, true))};
    const lines = importText(report, "/d").trimEnd().split("\n");
    assert.equal(lines.length, 3 + 1 + 20 + 1);
    assert.match(lines.at(-1) ?? "", /30 more keys like these: --json shows all/);
    assert.equal(blockedWarnings(report).length, 21);
  });

  it("names what lay below the minimum", () => {
    const below = {...key(1, false), blocks: {...none, belowMinimum: 1}, attestations: {...none, belowMinimum: 3}};
    assert.match(importText({keys: [below]}, "/d"), /0{95}1 {2}3 votes and 1 block below its minimum\n$/);
  });
});

describe("the progress of an import", () => {
  function progressOn(isTTY: boolean) {
    let now = 0;
    const written: string[] = [];
    const clock: Clock = {nowMs: () => now, after: () => () => {}};
    const line = new ProgressLine(
      {describe: (progress: ImportProgress) => importProgressText(progress, 200)},
      {stream: {isTTY, write: (text) => written.push(text)}, clock},
    );
    return {
      line,
      written,
      at: (atMs: number, bytesRead: number) => {
        now = atMs;
        line.show({bytesRead, recordsRead: 3, keys: null});
      },
    };
  }

  it("is one line that is written anew on a terminal, and taken away", () => {
    const {line, written, at} = progressOn(true);
    at(100, 10);
    at(250, 100);
    at(300, 120);
    line.clear();
    assert.deepEqual(written, ["\r\u001b[2Kreading: 50 %, 3 records", "\r\u001b[2K"]);
  });

  it("is a line every few seconds elsewhere", () => {
    const {line, written, at} = progressOn(false);
    at(4_999, 10);
    at(5_000, 20);
    at(9_000, 30);
    at(10_000, 200);
    line.clear();
    assert.deepEqual(written, ["mote: reading: 10 %, 3 records\n", "mote: reading: 100 %, 3 records\n"]);
  });

  it("goes on after the clock was set back", () => {
    const {written, at} = progressOn(false);
    at(5_000, 20);
    at(-100_000, 40);
    assert.equal(written.length, 2);
  });

  it("counts keys once the file is read", () => {
    const {line, written, at} = progressOn(false);
    at(0, 0);
    line.show({bytesRead: 200, recordsRead: 3, keys: {done: 1, total: 2}});
    at(5_000, 200);
    assert.deepEqual(written, ["mote: reading: 100 %, 3 records\n"]);
  });
});
