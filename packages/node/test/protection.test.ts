import assert from "node:assert/strict";
import {mkdir, mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {FakeClock, FakeLog, testPubkey, testRoot, testVote} from "@mote/testing";
import {EXIT_NEEDS_HUMAN, ExitError} from "../src/exit-error.ts";
import {type OpenProtection, openProtection} from "../src/protection.ts";

describe("openProtection", () => {
  let dir: string;
  let path: string;
  let log: FakeLog;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-protection-"));
    path = join(dir, "slashing-protection");
    log = new FakeLog();
  });
  afterEach(() => rm(dir, {recursive: true, force: true}));

  const open = async ({mayInit = false, root = testRoot(42), hasKeys = true} = {}): Promise<OpenProtection> => {
    const signal = new AbortController().signal;
    const components = {log, clock: new FakeClock({nowMs: 0}), signal, hasKeys: async () => hasKeys};
    const store = {kind: "level", path} as const;
    const opened = await openProtection({store, genesisValidatorsRoot: root, mayInit}, components);
    return opened ?? assert.fail("nobody called it off");
  };
  const assertRefused = (words: RegExp, options: Parameters<typeof open>[0] = {}) =>
    assert.rejects(open(options), (error) => {
      assert(error instanceof ExitError);
      assert.equal(error.exitCode, EXIT_NEEDS_HUMAN);
      assert.match(error.message, words);
      return true;
    });
  const begin = async () => {
    const {store} = await open({mayInit: true});
    await store.recordAttestation(testPubkey(1), testVote(1, 2));
    await store.close();
  };

  it("refuses to go on without a database, and names every way out", async () => {
    for (const way of [
      /Put it back/,
      /mote slashing-protection import <file>/,
      /once with --init-slashing-protection/,
    ]) {
      await assertRefused(way);
    }
    await assertRefused(new RegExp(`there is no slashing protection at ${path},`));
  });

  it("refuses an empty folder as well, as often as it is tried", async () => {
    await mkdir(path);
    await assertRefused(/there is no slashing protection/);
    await assertRefused(/there is no slashing protection/);
  });

  it("begins a database where there are no keys whose past it could have held", async () => {
    for (const _ of ["first start", "next start"]) await (await open({hasKeys: false})).store.close();
  });

  it("signs with no keys that turn up later in front of such a database: their past was not here when it began", async () => {
    await (await open({hasKeys: false})).store.close();
    await assertRefused(/was begun when there were no keys/);
    await assertRefused(/was begun when there were no keys/);
    await (await open({mayInit: true})).store.close();
    await (await open()).store.close();
  });

  it("takes keys for known that somebody brought while Mote ran, and a database that was told to begin", async () => {
    const {store, keysBrought} = await open({hasKeys: false});
    await keysBrought();
    await store.close();
    await (await open()).store.close();
    await rm(path, {recursive: true});
    await assertRefused(/there is no slashing protection/);
    await (await open({mayInit: true, hasKeys: false})).store.close();
    await (await open()).store.close();
  });

  it("begins nothing without its mark", async () => {
    await mkdir(`${path}-begun-without-keys`);
    await assertRefused(/cannot be begun/, {hasKeys: false});
    await assertRefused(/there is no slashing protection/);
  });

  it("begins a database when it is told to, and says that it knows nothing", async () => {
    await begin();
    assert.deepEqual(log.lines, [
      `info slashing protection at ${path} is new and knows nothing that was signed before`,
    ]);
  });

  it("opens one that is there, with what it knows, and says that the option is not needed any more", async () => {
    await begin();
    for (const mayInit of [true, false]) {
      log.lines.length = 0;
      const {store, load} = await open({mayInit});
      await load([testPubkey(1)]);
      assert.equal((await store.recordAttestation(testPubkey(1), testVote(1, 2))).kind, "already_signed");
      await store.close();
      const said = `info slashing protection at ${path} is there: --init-slashing-protection can be left out now`;
      assert.deepEqual(log.lines, mayInit ? [said] : []);
    }
  });

  it("does not begin a new one in the place of another chain's, or of a damaged one", async () => {
    await begin();
    await assertRefused(/belongs to the chain .*a data directory of its own \(--datadir\)$/, {
      mayInit: true,
      root: testRoot(43),
    });
    await writeFile(join(path, "CURRENT"), "nonsense");
    await assertRefused(/damaged/, {mayInit: true});
  });
});
