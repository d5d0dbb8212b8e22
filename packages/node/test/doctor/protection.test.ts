import assert from "node:assert/strict";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Epoch, Pubkey, Root} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {checkProtection} from "../../src/doctor/protection-check.ts";
import {SystemClock} from "../../src/system/system-clock.ts";

const ROOT = `0x${"11".repeat(32)}` as Root;
const PUBKEY = `0x${"22".repeat(48)}` as Pubkey;

describe("doctor: slashing protection", () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-doctor-protection-"));
    path = join(dir, "slashing-protection");
  });
  afterEach(() => rmSync(dir, {recursive: true, force: true}));

  const open = () => openLevelSlashingProtection({path, genesisValidatorsRoot: ROOT, retainEpochs: 128}, {});
  const check = (more: {genesisValidatorsRoot?: Root | null; isRunning?: boolean; mayInit?: boolean} = {}) =>
    checkProtection(
      {
        store: {kind: "level", path},
        genesisValidatorsRoot: ROOT,
        pubkeys: [PUBKEY],
        isRunning: false,
        mayInit: false,
        ...more,
      },
      {clock: new SystemClock()},
    );

  it("says how to begin when there is none, and makes none", async () => {
    const {level, advice} = await check();
    assert.equal(level, "fail");
    assert.match(advice ?? "", /--init-slashing-protection/);
    assert.equal((await check({mayInit: true})).level, "ok");
    assert.equal((await check()).level, "fail");
  });

  it("says that keys in front of a store that began without any sign nothing", async () => {
    await (await open()).close();
    writeFileSync(`${path}-begun-without-keys`, "");
    const {level, detail} = await check();
    assert.deepEqual([level, /was begun when there were no keys/.test(detail)], ["fail", true]);
    assert.equal((await check({mayInit: true})).level, "ok");
    assert.equal((await check({isRunning: true})).level, "ok");
  });

  it("tells the newest record, and lets go of the store", async () => {
    const store = await open();
    const vote = {sourceEpoch: 4 as Epoch, targetEpoch: 5 as Epoch, signingRoot: ROOT};
    await store.recordAttestation(PUBKEY, vote);
    await store.close();
    for (let look = 0; look < 2; look++) {
      const {level, detail} = await check();
      assert.equal(level, "ok");
      assert.match(detail, /of this chain, 1 of 1 keys known, newest vote for epoch 5$/);
    }
  });

  it("fails for one of another chain", async () => {
    await (await open()).close();
    const {level, detail, advice} = await check({genesisValidatorsRoot: `0x${"33".repeat(32)}` as Root});
    assert.equal(level, "fail");
    assert.match(detail, /belongs to the chain with genesis validators root 0x1111/);
    assert.match(advice ?? "", /--datadir/);
  });

  it("leaves one alone that the running Mote holds, and fails for one that another process does", async () => {
    const store = await open();
    assert.equal((await check({isRunning: true})).level, "ok");
    const {level, detail} = await check();
    assert.deepEqual([level, /held by another process/.test(detail)], ["fail", true]);
    await store.close();
  });

  it("does not open one while nobody says which chain it should be of", async () => {
    await (await open()).close();
    assert.equal((await check({genesisValidatorsRoot: null})).level, "warn");
  });
});
