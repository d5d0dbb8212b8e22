import assert from "node:assert/strict";
import {chmodSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {ExecutionAddress, Pubkey} from "@mote/core";
import {FakeClock, FakeLog} from "@mote/testing";
import {DiskTextFiles} from "../../src/config/index.ts";
import {ExitError} from "../../src/exit-error.ts";
import {FileProposerSettings} from "../../src/proposer/file-proposer-settings.ts";

const [ONE, OTHER] = ["a1", "b2"].map((byte) => `0x${byte.repeat(48)}` as Pubkey) as [Pubkey, Pubkey];
const address = (byte: string) => `0x${byte.repeat(20)}` as ExecutionAddress;

describe("FileProposerSettings", () => {
  let dir: string;
  let settingsFile: string;
  let graffitiFile: string;
  let writes = 0;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-proposer-"));
    [settingsFile, graffitiFile] = [join(dir, "settings.yaml"), join(dir, "graffiti.txt")];
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  /** With a time of its own, since two writes may fall into one tick of the file system. */
  const write = (path: string, text: string) => {
    writeFileSync(path, text);
    writes++;
    utimesSync(path, writes, writes);
  };
  function open({pubkeys = [ONE, OTHER], feeRecipient = address("dd") as ExecutionAddress | null} = {}) {
    const clock = new FakeClock({nowMs: 0});
    const log = new FakeLog();
    const builder = {isEnabled: false, boostFactor: 100n};
    const defaults = {feeRecipient, gasLimit: 1, graffiti: null, builder};
    const settings = new FileProposerSettings(
      {defaults, settingsFile, graffitiFile},
      {clock, log, files: new DiskTextFiles()},
    );
    settings.start({pubkeys: () => pubkeys, settingsOf: (pubkey) => settings.settingsOf(pubkey)});
    return {settings, clock, log};
  }

  it("asks the key, then the file's defaults, then the flags", () => {
    write(
      settingsFile,
      `default_config: {gas_limit: 36000000}\nproposer_config: {${ONE}: {fee_recipient: "${address("11")}"}}\n`,
    );
    write(graffitiFile, `default: all\n${OTHER}: other\n`);
    const {settings} = open();
    const words = (key: Pubkey) =>
      Buffer.from(settings.settingsOf(key).graffiti ?? [])
        .toString()
        .replaceAll("\0", "");
    assert.deepEqual(
      [ONE, OTHER].map((key) => settings.settingsOf(key).feeRecipient),
      [address("11"), address("dd")],
    );
    assert.equal(settings.settingsOf(ONE).gasLimit, 36_000_000);
    assert.deepEqual([ONE, OTHER].map(words), ["all", "other"]);
    settings.stop();
  });

  it("takes a change within seconds, and keeps what was said before when the file is broken or gone", async () => {
    write(settingsFile, `default_config: {fee_recipient: "${address("11")}"}`);
    write(graffitiFile, "");
    const {settings, clock, log} = open();
    const fee = () => settings.settingsOf(ONE).feeRecipient;
    write(settingsFile, `default_config: {fee_recipient: "${address("22")}"}`);
    await clock.advance(2_000);
    assert.equal(fee(), address("22"));
    write(settingsFile, `default_config: {fee_recipient: oops}`);
    await clock.advance(2_000);
    assert.equal(fee(), address("22"));
    rmSync(settingsFile);
    await clock.advance(2_000);
    assert.equal(fee(), address("22"));
    assert.equal(log.lines.filter((line) => line.startsWith("error")).length, 2);
    write(settingsFile, `default_config: {fee_recipient: "${address("33")}"}`);
    await clock.advance(2_000);
    assert.equal(fee(), address("33"));
    settings.stop();
  });

  it("does not start with a file that cannot be used", () => {
    write(settingsFile, "default_config: {fee_recipient: oops}");
    write(graffitiFile, "");
    assert.throws(
      () => open(),
      (error) => error instanceof ExitError && /--proposer-settings-file: .*oops/.test(error.message),
    );
  });

  it("looks again when only the permissions of the file have changed", async () => {
    write(settingsFile, "default_config: {}");
    write(graffitiFile, "");
    const {settings, clock, log} = open();
    await clock.advance(2_000);
    assert.deepEqual(log.lines, []);
    const changed = () => statSync(settingsFile).ctimeMs;
    // The file system's clock ticks every few milliseconds.
    for (const before = changed(); changed() === before; ) chmodSync(settingsFile, 0o600);
    await clock.advance(2_000);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? "", /was read again/);
    settings.stop();
  });

  describe("says what is probably not meant", () => {
    const said = (text: string, given: Parameters<typeof open>[0] = {}) => {
      write(settingsFile, text);
      write(graffitiFile, "");
      const {settings, log} = open(given);
      settings.stop();
      return log.lines;
    };

    it("and nothing when all is well", () => {
      assert.deepEqual(said(`proposer_config: {${ONE}: {gas_limit: 36000000}}`), []);
    });

    it("of keys without a fee recipient", () => {
      const [all = "", ...more] = said("default_config: {}", {feeRecipient: null});
      assert.match(all, /^warn no fee recipient is set: .*beacon node says, unchecked; give --suggested-fee-recipient/);
      assert.deepEqual(more, []);
      const one = `proposer_config: {${ONE}: {fee_recipient: "${address("11")}"}, ${OTHER}: {builder: {enabled: true}}}`;
      const [some = ""] = said(one, {feeRecipient: null});
      assert.match(some, /is set for 1 of 2 keys \(0xb2b2b2b2…\): .*and no builder is asked/);
    });

    it("of a fee recipient that nobody can spend from", () => {
      const [line = "", ...more] = said(`proposer_config: {${ONE}: {fee_recipient: "${address("00")}"}}`);
      assert.match(line, /^warn the fee recipient for 1 of 2 keys \(0xa1a1a1a1…\) is the zero address/);
      assert.deepEqual(more, []);
    });

    it("of keys that are not in use here, which may be misspelt ones", () => {
      const [line = ""] = said(`proposer_config: {${ONE}: {gas_limit: 36000000}}`, {pubkeys: [OTHER]});
      assert.match(line, /^info --proposer-settings-file has words for a key that is not in use here/);
    });

    it("again after a change", async () => {
      write(settingsFile, "default_config: {}");
      write(graffitiFile, "");
      const {settings, clock, log} = open();
      write(settingsFile, `default_config: {fee_recipient: "${address("00")}"}`);
      await clock.advance(2_000);
      assert.match(log.lines.at(-1) ?? "", /is the zero address/);
      settings.stop();
    });
  });
});
