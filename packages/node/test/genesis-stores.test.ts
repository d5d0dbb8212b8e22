import assert from "node:assert/strict";
import {mkdir, mkdtemp, rm, utimes} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Root} from "@mote/core";
import {FakeClock, FakeLog, testPubkey, testRoot, testVote} from "@mote/testing";
import {storedGeneses, storeOfGenesis} from "../src/config/index.ts";
import {type OpenProtection, openProtection} from "../src/protection.ts";

describe("slashing protection of a network that begins anew", () => {
  const [FIRST, SECOND] = [testRoot(1), testRoot(2)];
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "mote-genesis-"));
  });
  afterEach(() => rm(path, {recursive: true, force: true}));
  const store = () => ({kind: "level", path, isPerGenesis: true}) as const;

  async function open(genesisValidatorsRoot: Root, {mayInit = false} = {}): Promise<OpenProtection> {
    const opened = await openProtection(
      {store: store(), genesisValidatorsRoot, mayInit},
      {
        log: new FakeLog(),
        clock: new FakeClock({nowMs: 0}),
        signal: new AbortController().signal,
        hasKeys: async () => true,
      },
    );
    return opened ?? assert.fail("nobody called it off");
  }
  async function vote(root: Root, options = {}): Promise<string> {
    const {store: protection} = await open(root, options);
    const {kind} = await protection.recordAttestation(testPubkey(1), testVote(1, 2));
    await protection.close();
    return kind;
  }

  it("is begun by a person once, and by a restart after a reset", async () => {
    await assert.rejects(open(FIRST), /there is no slashing protection/);
    assert.equal(await vote(FIRST, {mayInit: true}), "accepted");
    assert.equal(await vote(SECOND), "accepted");
  });

  it("keeps the records of the chain before", async () => {
    await vote(FIRST, {mayInit: true});
    await vote(SECOND);
    const {store: protection} = await open(FIRST);
    const {kind} = await protection.recordAttestation(testPubkey(1), testVote(1, 2, 9));
    await protection.close();
    assert.equal(kind, "refused");
    assert.deepEqual([...(await storedGeneses(store()))].sort(), [FIRST, SECOND].sort());
  });

  it("is not begun anew where the store of this very chain has lost its files", async () => {
    await vote(FIRST, {mayInit: true});
    await mkdir(join(path, SECOND));
    await assert.rejects(open(SECOND), /there is no slashing protection/);
  });

  it("names the chain that was written last first, and passes over what is no store", async () => {
    for (const name of [FIRST, SECOND, `${FIRST}-import-x`, "other"]) await mkdir(join(path, name));
    await utimes(join(path, FIRST), 10, 20);
    await utimes(join(path, SECOND), 10, 10);
    assert.deepEqual(await storedGeneses(store()), [FIRST, SECOND]);
  });

  it("does not concern the other networks", async () => {
    const plain = {kind: "level", path} as const;
    assert.deepEqual(storeOfGenesis(plain, FIRST), plain);
    assert.deepEqual(await storedGeneses(plain), []);
    assert.deepEqual(storeOfGenesis(store(), FIRST), {kind: "level", path: join(path, FIRST)});
  });
});
