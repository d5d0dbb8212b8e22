import assert from "node:assert/strict";
import {rm, writeFile} from "node:fs/promises";
import {join} from "node:path";
import type {Pubkey, Verdict} from "@mote/core";
import {testProposal, testPubkey, testVote} from "@mote/testing";
import {Level} from "level";
import {DamagedStoreError, openLevelSlashingProtection, ProtectionStoreError} from "../../src/index.ts";
import {BATCH_MARKS_MAX} from "../../src/level/batch-sequence.ts";
import {BATCHES, batchKey, decodeBatchMark, encodeBatchMark, metaKey, RecordCodec} from "../../src/level/codec.ts";
import {openLevelDatabase} from "../../src/level/level-database.ts";
import {copyStore, cutFile, filesOf, flipByte, tamperWith} from "../support/stored-files.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const KEYS = [1, 2, 3].map(testPubkey);
const TARGETS = 20;
/** Any other run repeats it by writing it here. */
const seed = Date.now() & 0x7fffffff;

describe(`damage to a store (seed ${seed})`, function () {
  this.timeout(60_000);
  let store: TemporaryStore;
  let random: () => number;

  beforeEach(async () => {
    random = sequenceOf(seed);
    store = await temporaryStore({retainEpochs: 512});
    const protection = await store.open();
    for (let target = 1; target <= TARGETS; target++) {
      const votes = KEYS.map((key) => protection.recordAttestation(key, testVote(target - 1, target)));
      const blocks = KEYS.map((key) => protection.recordBlock(key, testProposal(target)));
      await Promise.all([...votes, ...blocks]);
    }
    await protection.close();
  });
  afterEach(() => store.destroy());

  const inStore = (name: string) => join(store.init.path, name);
  const key = KEYS[0] as Pubkey;
  const codec = new RecordCodec(key);
  const isRefused = async (says: RegExp) => {
    await assert.rejects(store.open(), (error) => {
      assert(error instanceof DamagedStoreError, String(error));
      assert.match(error.message, says);
      for (const way of [store.init.path, /restore/, /slashing-protection import/, /two whole epochs/]) {
        assert.match(error.message, way instanceof RegExp ? way : new RegExp(way));
      }
      return true;
    });
    await assert.rejects(store.open(), DamagedStoreError, "the second time");
  };

  it("is none when nothing was touched", async () => {
    assert.equal(await fateOf(store.init.path, store), "complete");
  });

  describe("of the files", () => {
    it("is seen when CURRENT is gone, before LevelDB deletes the tables", async () => {
      await compact(store.init.path);
      const before = await filesOf(store.init.path, ".ldb");
      assert(before.length > 0);
      await rm(inStore("CURRENT"));
      await isRefused(/CURRENT is not/);
      assert.deepEqual(await filesOf(store.init.path, ".ldb"), before);
    });

    it("is seen when the manifest is gone, or CURRENT is nonsense", async () => {
      const [manifest] = (await filesOf(store.init.path)).filter(({name}) => name.startsWith("MANIFEST"));
      await rm(inStore(manifest?.name ?? ""));
      await isRefused(/CURRENT names a file/);
      await writeFile(inStore("CURRENT"), "nonsense");
      await isRefused(/CURRENT names a file/);
    });

    it("is seen when a table is gone", async () => {
      await compact(store.init.path);
      const [table] = await filesOf(store.init.path, ".ldb");
      await rm(inStore(table?.name ?? ""));
      await isRefused(/missing/);
    });

    it("is seen when all but the mark of the last batch is gone", async () => {
      for (const {name} of await filesOf(store.init.path)) if (name !== "last-batch") await rm(inStore(name));
      await isRefused(/its database is gone/);
      await openAndClose(join(store.init.path, "..", "other"), store);
    });

    it("is seen wherever the log is cut", async () => {
      const [log] = (await filesOf(store.init.path, ".log")).filter(({sizeBytes}) => sizeBytes > 0);
      assert(log !== undefined);
      const fates = new Map<string, number>();
      for (
        let cut = 0;
        cut <= log.sizeBytes;
        cut = cut === log.sizeBytes ? cut + 1 : Math.min(log.sizeBytes, cut + 997)
      ) {
        const path = await freshCopy(store, "cut");
        await cutFile(join(path, log.name), cut);
        const fate = await fateOf(path, store);
        fates.set(fate, (fates.get(fate) ?? 0) + 1);
        assert.equal(fate, cut === log.sizeBytes ? "complete" : "refused", `cut at ${cut} of ${log.sizeBytes}`);
      }
      assert((fates.get("refused") ?? 0) > 10, "too few cuts to mean something");
    });

    it("is not found in a lost tail without the mark beside the tables: that is what the mark is for", async () => {
      const [log] = (await filesOf(store.init.path, ".log")).filter(({sizeBytes}) => sizeBytes > 0);
      await rm(inStore("last-batch"));
      await cutFile(inStore(log?.name ?? ""), (log?.sizeBytes ?? 0) - 1);
      assert.equal(await fateOf(store.init.path, store), "fewer");
    });

    it("locks nobody out when the mark of the last batch is gone, empty, cut or old", async () => {
      const old = await freshCopy(store, "old");
      await withStore(old, store, (protection) => protection.recordAttestation(key, testVote(TARGETS, TARGETS + 1)));
      await rm(join(old, "last-batch"));
      await copyStore(inStore("last-batch"), join(old, "last-batch"));
      assert.equal(await fateOf(old, store), "complete");
      for (const bytes of ["", "short", "twelve bytes"]) {
        await writeFile(inStore("last-batch"), bytes);
        assert.equal(await fateOf(store.init.path, store), "complete");
      }
      await rm(inStore("last-batch"));
      assert.equal(await fateOf(store.init.path, store), "complete");
    });

    for (const state of ["in the log", "in a table"]) {
      it(`loses no record in silence, whichever byte is flipped (${state})`, async () => {
        if (state === "in a table") await compact(store.init.path);
        const fates = new Map<string, number>();
        for (const {name, sizeBytes} of await filesOf(store.init.path)) {
          if (/^(LOG|LOCK)/.test(name)) continue;
          for (let round = 0; round < Math.min(sizeBytes, 24); round++) {
            const [at, mask] = [Math.floor(random() * sizeBytes), 1 << Math.floor(random() * 8)];
            const path = await freshCopy(store, "flipped");
            await flipByte(join(path, name), at, mask);
            const fate = await fateOf(path, store);
            assert(fate === "complete" || fate === "refused", `${fate}: bit ${mask} of byte ${at} of ${name}`);
            fates.set(fate, (fates.get(fate) ?? 0) + 1);
          }
        }
        assert((fates.get("refused") ?? 0) > 10, `too few flips that matter: ${JSON.stringify([...fates])}`);
      });
    }
  });

  describe("of the records", () => {
    it("is seen when a batch in the middle is missing", async () => {
      await tamperWith(store.init.path, {type: "del", key: batchKey(7)});
      await isRefused(/batch 7 of its votes is lost/);
    });

    it("is seen when the first batches are missing", async () => {
      await tamperWith(store.init.path, {type: "del", key: batchKey(1)}, {type: "del", key: batchKey(2)});
      await isRefused(/batches 1 to 2 of its votes are lost/);
    });

    it("is seen when a summary is lost, or is an older one", async () => {
      const old = codec.encodeSummary({
        votes: {
          watermark: testVote(0, 1),
          newestSourceEpoch: testVote(0, 1).sourceEpoch,
          newestTargetEpoch: testVote(0, 1).targetEpoch,
        },
        proposals: null,
        voteTally: {count: 1, digest: codec.encodeVote(testVote(0, 1)).seal},
        proposalTally: {count: 0, digest: 0},
      });
      await tamperWith(store.init.path, old);
      await isRefused(/the summaries of its keys/);
      await tamperWith(store.init.path, {type: "del", key: codec.summaryKey});
      await isRefused(/the summaries of its keys/);
    });

    it("is seen when a record is lost, changed, or one too many", async () => {
      const [vote, more] = [codec.encodeVote(testVote(4, 5)), codec.encodeVote(testVote(4, 5, 99))];
      await tamperWith(store.init.path, {type: "del", key: vote.key});
      await isRefused(/the records of 0x.* are not those/);
      await tamperWith(store.init.path, more);
      await isRefused(/the records of 0x.* are not those/);
      await tamperWith(store.init.path, {type: "del", key: more.key}, {...vote, value: more.value});
      await isRefused(/checksum/);
      await tamperWith(store.init.path, vote, {type: "del", key: codec.encodeProposal(testProposal(3)).key});
      await isRefused(/the records of 0x.* are not those/);
    });

    it("is seen when the facts are lost", async () => {
      await tamperWith(
        store.init.path,
        {type: "del", key: metaKey("schema_version")},
        {type: "del", key: metaKey("genesis_validators_root")},
      );
      await isRefused(/which chain/);
    });

    it("is seen while the store is open too, and its key then signs nothing, the others go on", async () => {
      let hide = false;
      const protection = await openLevelSlashingProtection(store.init, {
        openDatabase: async (path) => {
          const database = await openLevelDatabase(path);
          const entries: typeof database.entries = async (range, limit) => {
            const found = await database.entries(range, limit);
            return hide && range.from.startsWith(codec.votes.from) ? found.slice(1) : found;
          };
          return {...database, entries};
        },
      });
      try {
        hide = true;
        await assert.rejects(protection.recordAttestation(key, testVote(2, 3, 99)), DamagedStoreError);
        hide = false;
        const next = testVote(TARGETS, TARGETS + 1);
        await assert.rejects(protection.recordAttestation(key, next), DamagedStoreError);
        assert.deepEqual(await protection.recordAttestation(testPubkey(2), next), {kind: "accepted"});
      } finally {
        await protection.close();
      }
    });
  });

  it("keeps a bounded number of batch marks", async () => {
    // As after a long run: the window ends at the last batch and reaches back as far as it may.
    const database = await openLevelDatabase(store.init.path);
    const [last] = (await database.entries(BATCHES)).map(decodeBatchMark).slice(-1);
    assert(last !== undefined);
    const end = BATCH_MARKS_MAX + 1000;
    const marks = Array.from({length: BATCH_MARKS_MAX}, (_, index) =>
      encodeBatchMark({...last, sequence: end - index}),
    );
    const rest = (await database.entries(BATCHES)).map(({key: name}) => ({type: "del" as const, key: name}));
    await database.batch([...rest, ...marks], {sync: true});
    await database.close();
    await withStore(store.init.path, store, (protection) =>
      protection.recordAttestation(key, testVote(TARGETS, TARGETS + 1)),
    );
    const reopened = await openLevelDatabase(store.init.path);
    assert.equal((await reopened.entries(BATCHES)).length, BATCH_MARKS_MAX);
    await reopened.close();
    assert.equal(await fateOf(store.init.path, store), "complete");
    await tamperWith(store.init.path, {type: "del", key: batchKey(end - BATCH_MARKS_MAX + 2)});
    await isRefused(/is lost/);
  });
});

async function withStore(
  path: string,
  {init}: TemporaryStore,
  use: (protection: Awaited<ReturnType<typeof openLevelSlashingProtection>>) => Promise<unknown>,
): Promise<void> {
  const protection = await openLevelSlashingProtection({...init, path});
  try {
    await use(protection);
  } finally {
    await protection.close();
  }
}

const openAndClose = (path: string, store: TemporaryStore) => withStore(path, store, async () => {});

/** What became of a store: refused by name, with every record, or with fewer, which must never be. */
async function fateOf(path: string, store: TemporaryStore): Promise<"refused" | "complete" | "fewer"> {
  try {
    const verdicts: Verdict[] = [];
    await withStore(path, store, async (protection) => {
      for (const pubkey of KEYS) {
        for (let target = 1; target <= TARGETS; target++) {
          verdicts.push(await protection.recordAttestation(pubkey, testVote(target - 1, target)));
          verdicts.push(await protection.recordBlock(pubkey, testProposal(target)));
        }
      }
    });
    return verdicts.every(({kind}) => kind === "already_signed") ? "complete" : "fewer";
  } catch (error) {
    if (error instanceof ProtectionStoreError) return "refused";
    throw error;
  }
}

async function freshCopy(store: TemporaryStore, name: string): Promise<string> {
  const path = join(store.init.path, "..", name);
  await rm(path, {recursive: true, force: true});
  await copyStore(store.init.path, path);
  return path;
}

/** Moves everything from the log into tables. */
async function compact(path: string): Promise<void> {
  // The types are those of every platform; here it is always LevelDB itself.
  const level = new Level(path) as Level<string, string> & {compactRange(start: string, end: string): Promise<void>};
  await level.open();
  await level.compactRange("", "~");
  await level.close();
}

/** A small deterministic generator, good enough to choose bytes (mulberry32). */
function sequenceOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
