import assert from "node:assert/strict";
import {copyFile, readFile, rm, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {testProposal, testPubkey, testVote} from "@mote/testing";
import {Level} from "level";
import {DamagedStoreError} from "../../src/index.ts";
import {crc32c} from "../../src/level/crc32c.ts";
import {unpackSnappy} from "../../src/level/snappy.ts";
import {findDamagedFile} from "../../src/level/table-check.ts";
import {filesOf, flipByte} from "../support/stored-files.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const FOOTER_SIZE_BYTES = 48;
/** A prime, so that all parts of an entry are met. */
const STEP = 61;

describe("the tables of a store", function () {
  this.timeout(60_000);
  let store: TemporaryStore;
  let table: {readonly name: string; readonly sizeBytes: number};
  const pathOf = (name: string) => join(store.init.path, name);

  beforeEach(async () => {
    store = await temporaryStore({retainEpochs: 512});
    const protection = await store.open();
    for (let target = 1; target <= 60; target++) {
      await protection.recordAttestation(testPubkey(1), testVote(target - 1, target));
      await protection.recordBlock(testPubkey(1), testProposal(target));
    }
    await protection.close();
    // Two openings: each moves the log before it into a table.
    await (await store.open()).close();
    const [only] = await filesOf(store.init.path, ".ldb");
    assert(only !== undefined);
    table = only;
  });
  afterEach(() => store.destroy());

  it("are sound when nothing was touched", async () => {
    assert.equal(await findDamagedFile(store.init.path), null);
    assert.equal(await findDamagedFile(pathOf("nowhere")), null);
  });

  it("are refused by name wherever a byte is flipped: LevelDB would not see it, or end the process", async () => {
    for (let at = 0; at < table.sizeBytes - FOOTER_SIZE_BYTES; at += STEP) {
      for (const mask of [0x01, 0x80]) {
        await flipByte(pathOf(table.name), at, mask);
        await assert.rejects(store.open(), (error) => {
          assert(error instanceof DamagedStoreError, `bit ${mask} of byte ${at}: ${error}`);
          assert.match(error.message, new RegExp(`${table.name} is not as it was written`));
          return true;
        });
        await flipByte(pathOf(table.name), at, mask);
      }
    }
    await (await store.open()).close();
  });

  it("are refused wherever they are cut", async () => {
    const bytes = await readFile(pathOf(table.name));
    for (let size = 0; size < bytes.length; size += 10 * STEP) {
      await writeFile(pathOf(table.name), bytes.subarray(0, size));
      await assert.rejects(store.open(), DamagedStoreError, `cut at ${size}`);
    }
  });

  it("do not stand for the log beside them: a store without it is refused, also when its last batch is not known", async () => {
    await rm(pathOf("last-batch"), {force: true});
    for (const {name} of await filesOf(store.init.path, ".log")) await rm(pathOf(name));
    await assert.rejects(store.open(), (error) => {
      assert(error instanceof DamagedStoreError);
      assert.match(error.message, /its log \d{6}\.log is gone/);
      return true;
    });
  });

  it("may have others beside them, half written, as a crash leaves them", async () => {
    await writeFile(pathOf("999998.ldb"), (await readFile(pathOf(table.name))).subarray(0, 100));
    await copyFile(pathOf(table.name), pathOf("999999.ldb"));
    await flipByte(pathOf("999999.ldb"), 10, 1);
    assert.equal(await findDamagedFile(store.init.path), null);
    await (await store.open()).close();
  });

  it("are checked when they are not packed too", async () => {
    const path = pathOf("../unpacked");
    const level = new Level(path, {compression: false} as object) as Level & {
      compactRange(start: string, end: string): Promise<void>;
    };
    for (let index = 0; index < 100; index++)
      await level.put(`key ${index}`, "a value that would pack well, well, well");
    await level.compactRange("", "~");
    await level.close();
    const [unpacked] = await filesOf(path, ".ldb");
    assert(unpacked !== undefined && unpacked.sizeBytes > 4000);
    assert.equal(await findDamagedFile(path), null);
    await flipByte(join(path, unpacked.name), 2000, 1);
    assert.match((await findDamagedFile(path)) ?? "", new RegExp(unpacked.name));
  });

  it("of a manifest that is gone are left to LevelDB", async () => {
    const [manifest] = (await filesOf(store.init.path)).filter(({name}) => name.startsWith("MANIFEST"));
    await rm(pathOf(manifest?.name ?? ""));
    assert.equal(await findDamagedFile(store.init.path), null);
  });
});

describe("crc32c", () => {
  it("gives the check value of its definition, and the same however long the bytes are", () => {
    assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
    // RFC 3720, appendix B.4
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
    assert.equal(crc32c(Buffer.from("xx123456789xx"), 2, 11), 0xe3069283);
  });
});

describe("unpackSnappy", () => {
  it("unpacks literals and copies, also those that reach into themselves", () => {
    const packed = Buffer.concat([Buffer.of(11, 2 << 2), Buffer.from("abc"), Buffer.of((4 << 2) | 1, 3)]);
    assert.equal(Buffer.from(unpackSnappy(packed)).toString(), "abcabcabcab");
    const twoBytes = Buffer.concat([Buffer.of(4, 1 << 2), Buffer.from("ab"), Buffer.of((1 << 2) | 2, 2, 0)]);
    assert.equal(Buffer.from(unpackSnappy(twoBytes)).toString(), "abab");
    const long = Buffer.concat([Buffer.of(100, 60 << 2, 99), Buffer.alloc(100, "x")]);
    assert.equal(Buffer.from(unpackSnappy(long)).toString(), "x".repeat(100));
  });

  it("refuses what is cut, too long, or refers to what is not there", () => {
    for (const bytes of [
      [],
      [3, 2 << 2, 97],
      [2, 2 << 2, 97, 97, 97],
      [4, (0 << 2) | 1, 1],
      [255, 255, 255, 255, 15],
    ]) {
      assert.throws(() => unpackSnappy(Buffer.from(bytes)), RangeError, String(bytes));
    }
  });
});
