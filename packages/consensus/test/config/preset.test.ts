import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {presetOverrides} from "../../src/config/preset.ts";
import {changedConstant} from "../../src/config/spec-values.ts";

describe("presetOverrides", () => {
  it("takes what differs from the preset, and nothing else", () => {
    const spec = {SLOTS_PER_EPOCH: "6", MAX_DEPOSITS: "16", SLOT_DURATION_MS: "4000", UNHEARD_OF: "1"};
    assert.deepEqual(presetOverrides("minimal", spec), {SLOTS_PER_EPOCH: 6});
    assert.deepEqual(presetOverrides("gnosis", {SLOTS_PER_EPOCH: "16"}), {});
  });

  it("passes over bounds of the wire: no message is made by them", () => {
    assert.deepEqual(presetOverrides("minimal", {MAX_DATA_COLUMN_SIDECAR_SIZE: "1"}), {});
  });

  for (const [name, value] of [
    ["SYNC_COMMITTEE_SIZE", "6"],
    ["SLOTS_PER_EPOCH", "0"],
    ["SLOTS_PER_EPOCH", "-1"],
    ["PTC_SIZE", "18446744073709551615"],
    ["MAX_ATTESTATIONS", {}],
  ] as const) {
    it(`refuses ${name} of ${JSON.stringify(value)} by name`, () => {
      assert.throws(() => presetOverrides("minimal", {[name]: value}), {
        name: "InvalidValueError",
        message: new RegExp(name),
      });
    });
  }
});

describe("choosePreset", () => {
  const run = (script: string) =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", script], {encoding: "utf8", timeout: 30_000});
  const preset = JSON.stringify(new URL("../../src/config/preset.ts", import.meta.url).href);
  const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);

  it("cannot come after the types", () => {
    const {stderr} = run(`await import(${index}); (await import(${preset})).choosePreset("minimal", {});`);
    assert.match(stderr, /already frozen/);
  }).timeout(60_000);

  it("makes the roots of blocks by the changed values, in the shortcut over transactions too", () => {
    const {stdout, stderr} = run(`
      (await import(${preset})).choosePreset("minimal", {MAX_BYTES_PER_TRANSACTION: "100", MAX_TRANSACTIONS_PER_PAYLOAD: "48"});
      const {ssz} = await import(${index});
      const {transactionsRoot} = await import(${JSON.stringify(new URL("../../src/ssz/transactions-root.ts", import.meta.url).href)});
      const transactions = [new Uint8Array(100).fill(1), new Uint8Array(7).fill(2), new Uint8Array(0)];
      const [ours, theirs] = [transactionsRoot(transactions), ssz.bellatrix.Transactions.hashTreeRoot(transactions)];
      console.log(Buffer.from(ours).equals(Buffer.from(theirs)), ssz.bellatrix.Transactions.limit);`);
    assert.equal(stdout, "true 48\n", stderr);
  }).timeout(60_000);
});

describe("changedConstant", () => {
  it("names what no configuration can change", () => {
    const found = changedConstant({SLOTS_PER_EPOCH: "8", TARGET_AGGREGATORS_PER_COMMITTEE: "4"});
    assert.deepEqual(found, {name: "TARGET_AGGREGATORS_PER_COMMITTEE", ours: "16", theirs: "4"});
    assert.equal(changedConstant({DOMAIN_RANDAO: "0x02000001"})?.name, "DOMAIN_RANDAO");
  });

  it("finds nothing where a config repeats the constants", () => {
    const spec = {DOMAIN_BLS_TO_EXECUTION_CHANGE: "0x0A000000", SYNC_COMMITTEE_SUBNET_COUNT: "4"};
    assert.equal(changedConstant(spec), null);
  });
});
