import assert from "node:assert/strict";
import {existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {KeystoreFolder} from "../support/keystores.ts";
import {MoteTerminal} from "../support/mote-terminal.ts";

const PASSWORD = "Kieselstein 7";
const SANE = {isEchoOn: true, isLineWise: true};
/** A mnemonic of the BIP-39 vectors; nobody keeps anything behind it. */
const KNOWN_WORDS = `${"abandon ".repeat(23)}art`;

/** The words as a person reads them off the screen. */
function wordsOn(screen: string): readonly string[] {
  const numbered = [...screen.matchAll(/ {2}(\d+) {2}(\S+)/g)].map(
    ([, number, word]) => [Number(number), word] as const,
  );
  return numbered.sort(([a], [b]) => a - b).map(([, word]) => word ?? "");
}

describe("mote keys on a terminal", function () {
  this.timeout(60_000);
  let dir: string;
  const terminals: MoteTerminal[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-terminal-"));
  });
  afterEach(() => {
    for (const terminal of terminals.splice(0)) terminal.kill();
    rmSync(dir, {recursive: true, force: true});
  });

  function keys(name: string, ...argv: readonly string[]): MoteTerminal {
    const terminal = new MoteTerminal(["keys", name, "--network", "devnet", "--datadir", "data", ...argv], dir);
    terminals.push(terminal);
    return terminal;
  }
  const keystores = (): readonly string[] => {
    const folder = join(dir, "data/validator_keys");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  };

  /** Starts `mote keys new` and waits until the words are shown. */
  async function newKeys(...argv: readonly string[]) {
    const terminal = keys("new", "--kdf", "pbkdf2", ...argv);
    const [screen] = await terminal.shows(/Your mnemonic: 24 words[\s\S]*?Press Enter/);
    return {terminal, words: wordsOn(screen)};
  }

  it("makes keys of a mnemonic that is read off the screen and typed back", async () => {
    const {terminal, words} = await newKeys("--count", "2");
    assert.equal(words.length, 24);
    terminal.type("\r");
    await terminal.shows(/From word 1 on:/);
    terminal.type(`${words[0]} ${words[1]} notaword\r`);
    await terminal.shows(/word 3 is another one[\s\S]*From word 3 on:/);
    terminal.type(`${words.slice(2).join(" ")}\r`);
    await terminal.shows(/A new password for the keystores:/);
    terminal.type(`${PASSWORD}\r`);
    await terminal.shows(/The same password again:/);
    terminal.type(`${PASSWORD}\r`);
    await terminal.shows(/2 new keystores in [\s\S]*mote deposit --network devnet/);
    assert.deepEqual(await terminal.ended(), {code: 0, ...SANE});
    assert.equal(keystores().length, 2);
    assert.ok(!terminal.output.includes(PASSWORD), "the password was echoed");
    assert.match(terminal.output, new RegExp(` 1 {2}${words[0]} `), "the words were on the screen");
    assert.doesNotMatch(terminal.kept, new RegExp(` 1 {2}${words[0]}|${words.slice(2, 6).join(" ")}`));
  });

  it("wipes the words and makes nothing when Ctrl-C is pressed while they are shown", async () => {
    const {terminal, words} = await newKeys();
    terminal.type("\u0003");
    assert.deepEqual(await terminal.ended(), {code: 1, ...SANE});
    assert.doesNotMatch(terminal.kept, new RegExp(` 1 {2}${words[0]}`));
    assert.match(terminal.kept, /mote: stopped/);
    assert.deepEqual(keystores(), []);
  });

  it("shows no words on a terminal that cannot be wiped", async () => {
    const terminal = new MoteTerminal(["keys", "new", "--network", "devnet", "--datadir", "data"], dir, {TERM: "dumb"});
    terminals.push(terminal);
    await terminal.shows(/no terminal to show the mnemonic on and to wipe it from: give --write-mnemonic/);
    assert.deepEqual(await terminal.ended(), {code: 2, ...SANE});
  });

  it("takes a mnemonic that is pasted as a column of words", async () => {
    const terminal = keys("recover", "--look-through", "2");
    await terminal.shows(/Your mnemonic, all words in one line/);
    terminal.type(`${KNOWN_WORDS.replaceAll(" ", "\r")}\r`);
    await terminal.shows(/The next free index is 0/);
    assert.deepEqual(await terminal.ended(), {code: 0, ...SANE});
    assert.doesNotMatch(terminal.output, /abandon|cannot be used/);
  });

  it("puts the terminal right when Ctrl-C is pressed at a hidden question", async () => {
    const terminal = keys("recover");
    await terminal.shows(/Your mnemonic, all words in one line/);
    terminal.type("abandon aban");
    terminal.type("\u0003");
    assert.deepEqual(await terminal.ended(), {code: 1, ...SANE});
    assert.ok(!terminal.output.includes("aban"));
  });

  it("takes a mnemonic without showing it, and asks again when it is wrong", async () => {
    const terminal = keys("recover", "--look-through", "2");
    await terminal.shows(/Your mnemonic, all words in one line/);
    terminal.type(`${KNOWN_WORDS.replace("art", "ability")}\r`);
    await terminal.shows(/this mnemonic cannot be used: .*do not belong together[\s\S]*in one line/);
    terminal.type(`${KNOWN_WORDS.replace("abandon", "abandonx")}\u0015${KNOWN_WORDS}\r`);
    await terminal.shows(/index {2}public key[\s\S]*The next free index is 0/);
    assert.deepEqual(await terminal.ended(), {code: 0, ...SANE});
    assert.doesNotMatch(terminal.output, /abandon/);
  });

  it("imports keystores with a password that is typed, and only when somebody vouches for them", async () => {
    const folder = new KeystoreFolder(join(dir, "old"));
    folder.add(0);
    folder.add(1);
    rmSync(join(dir, "old/secrets"), {recursive: true});
    for (const answer of ["", "yes"]) {
      const terminal = keys("import", "old/keystores");
      await terminal.shows(/The password of 2 keystores:/);
      terminal.type("Kieselstein 8\r");
      await terminal.shows(/it does not open 2 keystores[\s\S]*Another password for 2 keystores/);
      terminal.type(`${PASSWORD}\r`);
      await terminal.shows(/Lighthouse: lighthouse account[\s\S]*Lodestar: [\s\S]*never signed anything\? \[y\/N\]/);
      terminal.type(`${answer}\r`);
      assert.deepEqual(await terminal.ended(), {code: answer === "yes" ? 0 : 2, ...SANE});
      assert.doesNotMatch(terminal.output, /Kieselstein/);
      assert.equal(keystores().length, answer === "yes" ? 2 : 0);
    }
  });

  it("removes nothing at a bare Enter", async () => {
    const folder = new KeystoreFolder(join(dir, "old"));
    folder.add(0);
    writeFileSync(join(dir, "pw"), PASSWORD, {mode: 0o600});
    const imported = keys("import", "old/keystores", "--never-signed", "--password-file", "pw");
    assert.equal((await imported.ended()).code, 0);
    const terminal = keys("remove", "--all");
    await terminal.shows(/Remove 1 key\? \[y\/N\]/);
    terminal.type("\r");
    assert.deepEqual(await terminal.ended(), {code: 2, ...SANE});
    assert.equal(keystores().length, 1);
  });
});
