import assert from "node:assert/strict";
import type {ImportProgress, Pubkey, SlashingProtection} from "@mote/core";
import {testProposal, testPubkey, testRoot, testVote} from "@mote/testing";
import {InterchangeError, openLevelSlashingProtection, ProtectionWriteFailedError} from "../../src/index.ts";
import {SPOOL_FILE_NAME} from "../../src/level/import-spool.ts";
import {ScriptedDatabase} from "../support/scripted-database.ts";
import {filesOf} from "../support/stored-files.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const OLD = [1, 2, 3].map(testPubkey);
const NEW = [4, 5].map(testPubkey);
/** More than is merged at once, so that a crash can fall between two writes. */
const FILE = fileOf([...OLD, ...NEW], 600);

describe("interchange files in LevelDB", function () {
  this.timeout(60_000);
  let database: ScriptedDatabase;
  let store: TemporaryStore;

  beforeEach(async () => {
    database = new ScriptedDatabase();
    store = await temporaryStore({retainEpochs: 4096}, {openDatabase: database.open});
    await withStore(store, async (protection) => {
      for (const key of OLD) {
        await protection.recordAttestation(key, testVote(0, 1));
        await protection.recordAttestation(key, testVote(10, 11, 7));
        await protection.recordBlock(key, testProposal(5));
      }
    });
  });
  afterEach(() => store.destroy());

  it("are imported as a whole or not at all, wherever the process ends", async () => {
    const before = await exported(store);
    const whole = await importedElsewhere(store);
    assert.notEqual(whole, before);
    const seen = new Set<string>();
    for (const reaches of ["disk", "nothing"] as const) {
      for (let index = 0; ; index++) {
        const copy = await temporaryStore({retainEpochs: 4096});
        try {
          await imported(copy, before);
          const scripted = new ScriptedDatabase();
          const protection = await openLevelSlashingProtection(copy.init, {openDatabase: scripted.open});
          scripted.failFrom(index, reaches);
          const outcome = await protection.importInterchange(FILE).then(
            () => "done",
            (error) => {
              assert(error instanceof ProtectionWriteFailedError, String(error));
              return "failed";
            },
          );
          if (outcome === "failed") {
            const verdict = await protection.recordAttestation(testPubkey(9), testVote(1, 2));
            assert.deepEqual(verdict, {kind: "refused", reason: "PROTECTION_STORE_FAILED"});
          }
          await protection.close();
          const after = await exported(copy);
          assert(after === before || after === whole, `neither all nor nothing after batch ${index} (${reaches})`);
          assert.deepEqual(await filesOf(copy.init.path, SPOOL_FILE_NAME), []);
          seen.add(`${outcome}, ${after === whole ? "all" : "nothing"}`);
          if (outcome === "done") break;
        } finally {
          await copy.destroy();
        }
      }
    }
    assert.deepEqual([...seen].sort(), ["done, all", "failed, all", "failed, nothing"]);
  });

  it("leave nothing behind when they break off", async () => {
    const before = await exported(store);
    await withStore(store, async (protection) => {
      const bytes = Buffer.from(JSON.stringify(FILE));
      const cut = (async function* () {
        yield bytes.subarray(0, bytes.length - 2);
      })();
      await assert.rejects(protection.importInterchange(cut), InterchangeError);
      const gone = (async function* () {
        yield bytes.subarray(0, bytes.length - 2);
        throw new Error("the pipe broke");
      })();
      await assert.rejects(protection.importInterchange(gone), /the pipe broke/);
    });
    assert.deepEqual(await filesOf(store.init.path, SPOOL_FILE_NAME), []);
    assert.equal(await exported(store), before);
  });

  it("are imported one after the other, and tell how far they are", async () => {
    await withStore(store, async (protection) => {
      const told: ImportProgress[] = [];
      const [first, second] = await Promise.all([
        protection.importInterchange(FILE, {onProgress: (progress) => told.push(progress)}),
        protection.importInterchange(FILE),
      ]);
      assert.deepEqual(
        first.keys.map(({pubkey}) => pubkey),
        [...OLD, ...NEW],
      );
      assert(first.keys.every(({attestations, blocks}) => attestations.added > 0 && blocks.added > 0));
      assert(second.keys.every(({attestations, blocks}) => attestations.added + blocks.added === 0));
      assert(told.some(({keys}) => keys === null));
      assert.deepEqual(told.at(-1)?.keys, {done: 5, total: 5});
      assert.equal(told.at(-1)?.recordsRead, 5 * 2 * 600);
      assert((told.at(-1)?.bytesRead ?? 0) > 100_000);
    });
  });

  it("decide about every vote that comes once they count, and wait for no key that they do not name", async () => {
    const [old, other] = [OLD[0] as Pubkey, testPubkey(9)];
    await withStore(store, async (protection) => {
      let asked: Promise<unknown> | null = null;
      let verdictOfOther: unknown = null;
      await protection.importInterchange(FILE, {
        onProgress: ({keys}) => {
          if (keys === null || asked !== null) return;
          // All but the first keys still wait for their turn.
          asked = Promise.all([...OLD, ...NEW].map((key) => protection.recordAttestation(key, testVote(20, 21, 5))));
          protection.recordAttestation(other, testVote(20, 21)).then((verdict) => {
            verdictOfOther = verdict;
          });
        },
      });
      const verdicts = (await asked) as unknown as {kind: string; reason?: string}[];
      assert.deepEqual(
        verdicts.map(({reason}) => reason),
        Array(5).fill("DOUBLE_VOTE"),
      );
      assert.deepEqual(verdictOfOther, {kind: "accepted"});
      assert.equal((await protection.recordAttestation(old, testVote(700, 701))).kind, "accepted");
    });
  });

  it("are taken in for a frozen key too, and it stays frozen", async () => {
    await withStore(store, async (protection) => {
      await protection.freeze(OLD[0] as Pubkey);
      await protection.importInterchange(FILE);
      const verdict = await protection.recordAttestation(OLD[0] as Pubkey, testVote(700, 701));
      assert.deepEqual(verdict, {kind: "refused", reason: "KEY_FROZEN"});
    });
  });

  it("are written from one moment, and hold every vote whose verdict was given before", async () => {
    await withStore(store, async (protection) => {
      const target = 50;
      for (const key of OLD) await protection.recordAttestation(key, testVote(target - 1, target));
      const pieces = protection.exportInterchange()[Symbol.asyncIterator]();
      const {value: first} = await pieces.next();
      const later = OLD.map((key) => protection.recordAttestation(key, testVote(target, target + 1)));
      assert((await Promise.all(later)).every(({kind}) => kind === "accepted"));
      let text = first ?? "";
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) text += next.value;
      const {data} = JSON.parse(text);
      assert.deepEqual(
        data.map(
          (entry: {signed_attestations: {target_epoch: string}[]}) => entry.signed_attestations.at(-1)?.target_epoch,
        ),
        OLD.map(() => `${target}`),
      );
    });
  });

  it("are let go of when nobody reads on, and when the store closes", async () => {
    const protection = await store.open();
    for await (const _piece of protection.exportInterchange()) break;
    const pieces = protection.exportInterchange()[Symbol.asyncIterator]();
    await pieces.next();
    assert.equal(database.openSnapshots, 1);
    await protection.close();
    await assert.rejects(async () => {
      for (let next = await pieces.next(); next.done !== true; ) next = await pieces.next();
    }, /closed/);
    assert.equal(database.openSnapshots, 0);
  });

  it("carry every refusal of pruned histories into an empty store", async () => {
    const pruned = await temporaryStore({retainEpochs: 8});
    const copy = await temporaryStore({retainEpochs: 8});
    try {
      await withStore(pruned, async (protection) => {
        for (let target = 1; target <= 60; target++) {
          await protection.recordAttestation(NEW[0] as Pubkey, testVote(target - 1, target));
          await protection.recordBlock(NEW[0] as Pubkey, testProposal(target));
        }
      });
      const text = await exported(pruned);
      await imported(copy, text);
      assert.equal(await exported(copy), text);
      await withStore(copy, async (protection) => {
        for (let target = 1; target <= 60; target++) {
          const vote = await protection.recordAttestation(NEW[0] as Pubkey, testVote(target - 1, target, 5));
          const block = await protection.recordBlock(NEW[0] as Pubkey, testProposal(target, 5));
          assert.deepEqual([vote.kind, block.kind], ["refused", "refused"], `target and slot ${target}`);
        }
        assert.equal((await protection.recordAttestation(NEW[0] as Pubkey, testVote(60, 61))).kind, "accepted");
      });
    } finally {
      await pruned.destroy();
      await copy.destroy();
    }
  });
});

function fileOf(pubkeys: readonly Pubkey[], records: number): object {
  const numbers = Array.from({length: records}, (_, index) => index + 1);
  return {
    metadata: {interchange_format_version: "5", genesis_validators_root: testRoot(42)},
    data: pubkeys.map((pubkey) => ({
      pubkey,
      signed_blocks: numbers.map((slot) => ({slot: `${slot}`, signing_root: testRoot(slot)})),
      signed_attestations: numbers.map((target) => ({
        source_epoch: `${target - 1}`,
        target_epoch: `${target}`,
        signing_root: testRoot(target),
      })),
    })),
  };
}

async function withStore<T>(store: TemporaryStore, use: (protection: SlashingProtection) => Promise<T>): Promise<T> {
  const protection = await store.open();
  try {
    return await use(protection);
  } finally {
    await protection.close();
  }
}

const exported = (store: TemporaryStore) =>
  withStore(store, async (protection) => {
    let text = "";
    for await (const piece of protection.exportInterchange()) text += piece;
    return text;
  });

const imported = (store: TemporaryStore, text: string) =>
  withStore(store, (protection) => protection.importInterchange(JSON.parse(text)));

/** What the whole file makes of the store, seen on a copy. */
async function importedElsewhere(store: TemporaryStore): Promise<string> {
  const copy = await temporaryStore({retainEpochs: 4096});
  try {
    await imported(copy, await exported(store));
    await withStore(copy, (protection) => protection.importInterchange(FILE));
    return await exported(copy);
  } finally {
    await copy.destroy();
  }
}
