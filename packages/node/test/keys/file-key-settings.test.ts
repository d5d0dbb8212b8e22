import assert from "node:assert/strict";
import type {ExecutionAddress, Pubkey} from "@mote/core";
import {FakeClock, FakeLog, FakeProposerSettings} from "@mote/testing";
import {ExitError} from "../../src/exit-error.ts";
import {FileKeySettings} from "../../src/keys/file-key-settings.ts";
import {FileProposerSettings} from "../../src/proposer/file-proposer-settings.ts";
import {MemoryStateFiles} from "./support/memory-state-files.ts";

const [ONE, OTHER] = ["a1", "b2"].map((byte) => `0x${byte.repeat(48)}` as Pubkey) as [Pubkey, Pubkey];
const address = (byte: string) => `0x${byte.repeat(20)}` as ExecutionAddress;
const graffiti = (byte: number) => new Uint8Array(32).fill(byte);
const PATH = "/data/validator-settings.json";

class FixedForOther extends FakeProposerSettings {
  fixes(pubkey: Pubkey, setting: string): boolean {
    return pubkey === OTHER && setting === "gasLimit";
  }
}

describe("FileKeySettings", () => {
  let files: MemoryStateFiles;
  beforeEach(() => {
    files = new MemoryStateFiles({path: PATH});
  });

  const fixed = new FixedForOther();
  const open = () => FileKeySettings.open({path: PATH}, {fixed, files});

  it("wins over files and flags, setting by setting, and outlives a restart", async () => {
    const settings = await open();
    assert.deepEqual(settings.settingsOf(ONE), fixed.settingsOf(ONE));
    await settings.set(ONE, {feeRecipient: address("11")});
    await settings.set(ONE, {gasLimit: 36_000_000, graffiti: graffiti(0xff)});
    const expected = {
      ...fixed.settingsOf(ONE),
      feeRecipient: address("11"),
      gasLimit: 36_000_000,
      graffiti: graffiti(0xff),
    };
    assert.deepEqual(settings.settingsOf(ONE), expected);
    const restarted = await open();
    assert.deepEqual(restarted.effective(ONE), expected);
    assert.deepEqual(restarted.effective(OTHER), fixed.settingsOf(OTHER));
    assert.equal(files.writeCount, 2);
  });

  it("is a file that a person can read and a program can compare", async () => {
    const settings = await open();
    await settings.set(OTHER, {gasLimit: 36_000_000});
    await settings.set(ONE, {feeRecipient: address("11")});
    assert.deepEqual(files.text?.split("\n"), [
      "{",
      '  "version": 1,',
      '  "validators": {',
      `    "${ONE}": {`,
      `      "fee_recipient": "${address("11")}"`,
      "    },",
      `    "${OTHER}": {`,
      '      "gas_limit": "36000000"',
      "    }",
      "  }",
      "}",
      "",
    ]);
  });

  it("gives a setting back to files and flags", async () => {
    const settings = await open();
    assert.equal(await settings.unset(ONE, "gasLimit"), "not_set");
    assert.equal(await settings.unset(OTHER, "gasLimit"), "fixed");
    await settings.set(OTHER, {gasLimit: 36_000_000, graffiti: graffiti(1)});
    assert.equal(await settings.unset(OTHER, "gasLimit"), "removed");
    assert.equal(await settings.unset(OTHER, "gasLimit"), "fixed");
    assert.deepEqual((await open()).settingsOf(OTHER), {...fixed.settingsOf(OTHER), graffiti: graffiti(1)});
    assert.equal(await settings.unset(OTHER, "graffiti"), "removed");
    assert.deepEqual(JSON.parse(files.text ?? "").validators, {});
    assert.equal(files.writeCount, 3);
  });

  it("knows what the operator's own files fix: what they say of this very key, and not of all", async () => {
    const text: Record<string, string> = {
      "/settings": `default_config: {gas_limit: 30000000}\nproposer_config: {${OTHER}: {gas_limit: 31000000}}`,
      "/graffiti": `default: all\n${ONE}: one\n`,
    };
    const builder = {isEnabled: false, boostFactor: 100n};
    const operators = new FileProposerSettings(
      {
        defaults: {feeRecipient: null, gasLimit: 1, graffiti: null, builder},
        settingsFile: "/settings",
        graffitiFile: "/graffiti",
      },
      {
        clock: new FakeClock({nowMs: 0}),
        log: new FakeLog(),
        files: {read: (path) => text[path] ?? "", stamp: () => ""},
      },
    );
    const settings = await FileKeySettings.open({path: PATH}, {fixed: operators, files});
    assert.equal(await settings.unset(ONE, "gasLimit"), "not_set");
    assert.equal(await settings.unset(OTHER, "gasLimit"), "fixed");
    assert.equal(await settings.unset(ONE, "graffiti"), "fixed");
    assert.equal(await settings.unset(OTHER, "graffiti"), "not_set");
    await settings.set(OTHER, {gasLimit: 36_000_000});
    assert.equal(settings.effective(OTHER).gasLimit, 36_000_000);
    assert.equal(await settings.unset(OTHER, "gasLimit"), "removed");
    assert.equal(settings.effective(OTHER).gasLimit, 31_000_000);
  });

  it("forgets deleted keys", async () => {
    const settings = await open();
    await settings.set(ONE, {gasLimit: 36_000_000});
    await settings.forget([OTHER]);
    assert.equal(files.writeCount, 1, "nothing was there to forget");
    await settings.forget([OTHER, ONE]);
    assert.deepEqual(settings.settingsOf(ONE), fixed.settingsOf(ONE));
    assert.deepEqual((await open()).settingsOf(ONE), fixed.settingsOf(ONE));
  });

  it("changes nothing when the disk refuses, and goes on with the next", async () => {
    const settings = await open();
    await settings.set(ONE, {gasLimit: 36_000_000});
    files.failure = new Error("ENOSPC");
    await assert.rejects(settings.set(ONE, {gasLimit: 1}), /ENOSPC/);
    await assert.rejects(settings.unset(ONE, "gasLimit"), /ENOSPC/);
    await assert.rejects(settings.forget([ONE]), /ENOSPC/);
    assert.equal(settings.settingsOf(ONE).gasLimit, 36_000_000);
    assert.equal(files.writeCount, 1);
    files.failure = null;
    await settings.set(ONE, {graffiti: graffiti(1)});
    assert.deepEqual((await open()).settingsOf(ONE), settings.settingsOf(ONE));
  });

  it("loses none of many changes at once", async () => {
    const settings = await open();
    const keys = Array.from({length: 20}, (_, at) => `0x${String(10 + at).repeat(48)}` as Pubkey);
    await Promise.all(keys.map((key, at) => settings.set(key, {gasLimit: 10_000 + at})));
    const restarted = await open();
    assert.deepEqual(
      keys.map((key) => restarted.settingsOf(key).gasLimit),
      keys.map((_, at) => 10_000 + at),
    );
  });

  const good = {version: 1, validators: {[ONE]: {gas_limit: "36000000"}}};
  for (const [what, text] of Object.entries({
    nothing: "",
    "half of it": JSON.stringify(good).slice(0, 40),
    "a list": "[]",
    "another version": JSON.stringify({...good, version: 2}),
    "no version": JSON.stringify({validators: {}}),
    "no validators": JSON.stringify({version: 1}),
    "validators in a list": JSON.stringify({version: 1, validators: []}),
    "more than Mote writes": JSON.stringify({...good, defaults: {}}),
    "a setting that Mote does not know": JSON.stringify({
      version: 1,
      validators: {[ONE]: {feerecipient: address("11")}},
    }),
    "a key that is none": JSON.stringify({version: 1, validators: {"0x12": {}}}),
    "an address that is none": JSON.stringify({version: 1, validators: {[ONE]: {fee_recipient: "0x12"}}}),
    "a gas limit that is none": JSON.stringify({version: 1, validators: {[ONE]: {gas_limit: "much"}}}),
    "a short graffiti": JSON.stringify({version: 1, validators: {[ONE]: {graffiti: "0x12"}}}),
  })) {
    it(`does not start on ${what}`, async () => {
      files.text = text;
      await assert.rejects(open(), (error) => {
        assert.ok(error instanceof ExitError && error.exitCode === 2);
        assert.match(error.message, /^\/data\/validator-settings\.json cannot be used: .*move it away/);
        return true;
      });
      assert.equal(files.text, text);
    });
  }

  it("starts on what it wrote itself", async () => {
    files.text = JSON.stringify(good);
    assert.equal((await open()).settingsOf(ONE).gasLimit, 36_000_000);
  });
});
