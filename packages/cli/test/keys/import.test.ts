import assert from "node:assert/strict";
import {mkdirSync, readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {DiskKeyFiles, loadKeystores} from "@mote/duty-signing";
import {holdDirectory} from "@mote/slashing-protection";
import {importKeysCommand} from "../../src/keys/import-command.ts";
import {IMPORT_OPTIONS, REMOVE_OPTIONS} from "../../src/keys/options.ts";
import {removeKeysCommand} from "../../src/keys/remove-command.ts";
import {fullAfter} from "./support/full-disk.ts";
import {KeysRoom, type RunOptions} from "./support/keys-room.ts";
import {keystoreText, PASSWORD, pubkeyOf, walletText} from "./support/keystore-text.ts";

const CHAIN = `0x${"ab".repeat(32)}`;
const historyOf = (...indices: readonly number[]): string =>
  JSON.stringify({
    metadata: {interchange_format_version: "5", genesis_validators_root: CHAIN},
    data: indices.map((index) => ({
      pubkey: pubkeyOf(index),
      signed_blocks: [],
      signed_attestations: [{source_epoch: "2", target_epoch: "3"}],
    })),
  });

describe("mote keys import", () => {
  let room: KeysRoom;
  beforeEach(() => {
    room = new KeysRoom();
  });
  afterEach(() => room.clear());

  const importKeys = (argv: readonly string[], options: RunOptions = {}) =>
    room.run({table: IMPORT_OPTIONS, command: importKeysCommand}, argv, options);

  /** The keys that a Mote would sign with now. */
  async function loadable(): Promise<readonly string[]> {
    const {loaded, failed} = await loadKeystores(room, {files: new DiskKeyFiles()});
    assert.deepEqual(failed, []);
    return loaded.map(({pubkey}) => pubkey).sort();
  }

  interface Layout {
    readonly given: string;
    readonly files: () => void;
    readonly says: RegExp;
    readonly keys?: readonly number[];
  }
  const LAYOUTS: Readonly<Record<string, Layout>> = {
    Lighthouse: {
      given: "lh",
      says: /lh \(Lighthouse\): 2 keystore files/,
      files: () => {
        room.write(`lh/validators/${pubkeyOf(0)}/voting-keystore.json`, keystoreText(0));
        room.write(`lh/validators/${pubkeyOf(1)}/voting-keystore.json`, keystoreText(1));
        room.write("lh/validators/slashing_protection.sqlite", "");
        for (const index of [0, 1]) room.write(`lh/secrets/${pubkeyOf(index)}`, PASSWORD);
      },
    },
    "Lighthouse's list": {
      given: "lh/validators",
      says: /lh\/validators \(Lighthouse\): 3 keystore files/,
      keys: [0, 1, 3],
      files: () => {
        room.write("elsewhere/a.json", keystoreText(0));
        room.write("lh/validators/b/keystore.json", keystoreText(1));
        room.write("elsewhere/password", `${PASSWORD}\n`);
        room.write(`lh/validators/${pubkeyOf(3)}/voting-keystore.json`, keystoreText(3));
        room.write(`lh/secrets/${pubkeyOf(3)}`, PASSWORD);
        const list = [
          `- enabled: true\n  voting_public_key: "${pubkeyOf(0)}"\n  type: local_keystore`,
          `  voting_keystore_path: ${room.path("elsewhere/a.json")}`,
          `  voting_keystore_password_path: ${room.path("elsewhere/password")}`,
          `- enabled: true\n  voting_public_key: "${pubkeyOf(1)}"\n  type: local_keystore`,
          `  voting_keystore_path: b/keystore.json\n  voting_keystore_password: "${PASSWORD}"`,
          `- enabled: true\n  voting_public_key: "${pubkeyOf(3)}"\n  type: local_keystore`,
          `  voting_keystore_path: /in-a-container/validators/${pubkeyOf(3)}/voting-keystore.json`,
          `- enabled: true\n  voting_public_key: "${pubkeyOf(2)}"\n  type: web3signer\n  url: http://signer`,
        ];
        room.write("lh/validators/validator_definitions.yml", `---\n${list.join("\n")}\n`);
      },
    },
    Nimbus: {
      given: "nimbus",
      says: /nimbus \(Nimbus\): 2 keystore files/,
      files: () => {
        for (const index of [0, 1]) {
          room.write(`nimbus/validators/${pubkeyOf(index)}/keystore.json`, keystoreText(index));
          room.write(`nimbus/secrets/${pubkeyOf(index)}`, PASSWORD);
        }
        room.write(`nimbus/validators/${pubkeyOf(2)}/remote_keystore.json`, "{}");
        room.write("nimbus/validators/slashing_protection.sqlite3", "");
      },
    },
    Lodestar: {
      given: "lodestar",
      says: /lodestar \(Lodestar\): 2 keystore files/,
      files: () => {
        for (const index of [0, 1]) {
          room.write(`lodestar/keystores/${pubkeyOf(index)}/voting-keystore.json`, keystoreText(index));
          room.write(`lodestar/secrets/${pubkeyOf(index)}`, PASSWORD);
        }
        mkdirSync(room.path("lodestar/validator-db"));
        room.write("lodestar/.log_rotate_audit.json", `{"keep": {"days": false}}`);
        mkdirSync(room.path("lodestar/cache"));
      },
    },
    Teku: {
      given: "teku",
      says: /teku \(Teku\): 2 keystore files/,
      files: () => {
        for (const index of [0, 1]) {
          room.write(`teku/validator/key-manager/local/${pubkeyOf(index).slice(2)}.json`, keystoreText(index));
          room.write(`teku/validator/key-manager/local-passwords/${pubkeyOf(index).slice(2)}.txt`, PASSWORD);
        }
        mkdirSync(room.path("teku/validator/slashprotection"));
      },
    },
    "keystores with passwords of the same name beside them": {
      given: "cluster/validator_keys",
      says: /validator_keys: 2 keystore files/,
      files: () => {
        for (const index of [0, 1]) {
          room.write(`cluster/validator_keys/keystore-${index}.json`, keystoreText(index));
          room.write(`cluster/validator_keys/keystore-${index}.txt`, PASSWORD);
        }
      },
    },
    "another Mote": {
      given: "mote",
      says: /mote: 2 keystore files/,
      files: () => {
        for (const index of [0, 1]) {
          room.write(`mote/validator_keys/keystore-m_12381_3600_${index}_0_0-17.json`, keystoreText(index));
          room.write(`mote/secrets/${pubkeyOf(index)}`, PASSWORD);
        }
        room.write("mote/validator_keys/deposit_data-17.json", "[]");
        room.write("mote/validator_keys/voluntary_exit-16-8a7b6c5d.json", "{}");
      },
    },
  };
  for (const [name, {given, files, says, keys = [0, 1]}] of Object.entries(LAYOUTS)) {
    it(`takes over keys and passwords of ${name}`, async () => {
      files();
      const before = readdirSync(room.dir, {recursive: true, encoding: "utf8"});
      const {status, stdout, stderr} = await importKeys([given, "--never-signed"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, says);
      assert.match(stdout, new RegExp(`^imported ${keys.length} keys into .*validator_keys\n`));
      assert.match(stdout, new RegExp(`Mote has left untouched:\n.*${given}`));
      assert.deepEqual(await loadable(), keys.map(pubkeyOf).sort());
      assert.equal(room.secret(pubkeyOf(0)), PASSWORD);
      const after = readdirSync(room.dir, {recursive: true, encoding: "utf8"});
      assert.deepEqual(
        before.filter((each) => !after.includes(each)),
        [],
      );
    });
  }

  const REMOTE_KEYS: Readonly<Record<string, readonly [path: string, text: string]>> = {
    Lodestar: [`client/remoteKeys/${pubkeyOf(2)}`, `{"pubkey": "${pubkeyOf(2)}", "url": "http://signer"}`],
    Nimbus: [`client/validators/${pubkeyOf(2)}/remote_keystore.json`, "{}"],
    Lighthouse: [
      "client/validators/validator_definitions.yml",
      "- enabled: true\n  type: web3signer\n  url: http://s\n",
    ],
  };
  for (const [name, [path, text]] of Object.entries(REMOTE_KEYS)) {
    it(`says that a remote signer's keys in ${name}'s data directory are not imported`, async () => {
      room.write(path, text);
      const alone = await importKeys(["client", "--never-signed"]);
      assert.equal(alone.status, 2);
      assert.match(alone.stderr, /holds no keys that are known.*1 key of a remote signer is not imported/);
      room.write(`client/validators/${pubkeyOf(0)}/keystore.json`, keystoreText(0));
      room.write(`client/secrets/${pubkeyOf(0)}`, PASSWORD);
      const {status, stderr} = await importKeys(["client", "--never-signed"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /1 keystore file\nmote: 1 key of a remote signer is not imported: name that signer by/);
      assert.equal(room.keystores.length, 1);
    });
  }

  it("opens a wallet of Prysm and locks its keys anew", async () => {
    room.write("prysm/direct/accounts/all-accounts.keystore.json", walletText([0, 1]));
    room.write("prysm/direct/keymanageropts.json", "{}");
    const argv = ["prysm", "--never-signed", "--kdf", "pbkdf2"];
    const {status, stderr, asked} = await importKeys(argv, {answers: ["a wrong one", PASSWORD]});
    assert.equal(status, 0, stderr);
    assert.equal(asked.length, 2);
    assert.match(stderr, /prysm \(Prysm\): 1 wallet\n.*this is not its password/);
    assert.deepEqual(await loadable(), [pubkeyOf(0), pubkeyOf(1)].sort());
  });

  it("takes Teku's pair of folders, and single files", async () => {
    room.write("k/one.json", keystoreText(0));
    room.write("p/one.txt", PASSWORD);
    room.write("two.json", keystoreText(1));
    room.write("two-password", PASSWORD);
    const pairs = ["k:p", `${room.path("two.json")}:${room.path("two-password")}`];
    const {status, stderr} = await importKeys([...pairs, "--never-signed"]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await loadable(), [pubkeyOf(0), pubkeyOf(1)].sort());
  });

  it("asks once for the password that the deposit tools' keystores share, and again for those that it does not open", async () => {
    for (const index of [0, 1]) room.write(`keys/keystore-m_12381_3600_${index}_0_0-1.json`, keystoreText(index));
    room.write("keys/keystore-m_12381_3600_2_0_0-1.json", keystoreText(2, {password: "another one"}));
    room.write("keys/keystore-m_12381_3600_3_0_0-1.json", keystoreText(3, {password: "forgotten"}));
    const answers = [PASSWORD, "another one", "a guess", ""];
    const {status, stdout, asked} = await importKeys(["keys", "--never-signed"], {answers});
    assert.equal(status, 2);
    assert.deepEqual(asked, [
      "(hidden) The password of 4 keystores:",
      "(hidden) Another password for 2 keystores, or Enter to leave them out:",
      "(hidden) Another password for keystore-m_12381_3600_3_0_0-1.json, or Enter to leave them out:",
      "(hidden) Another password for keystore-m_12381_3600_3_0_0-1.json, or Enter to leave them out:",
    ]);
    assert.match(stdout, /^imported 3 keys/);
    assert.match(stdout, /1 keystore could not be imported:\n.*_3_0_0-1\.json: no password was given for it/);
    assert.equal(room.keystores.length, 3);
  });

  it("lists wrong passwords together, imports the others, and ends with 2", async () => {
    for (const index of [0, 1, 2]) room.write(`keys/keystore-${index}.json`, keystoreText(index));
    room.write("keys/keystore-1.txt", "wrong");
    room.write("keys/keystore-2.txt", "wrong too");
    room.write("pw", PASSWORD);
    const {status, stdout} = await importKeys(["keys", "--never-signed", "--password-file", "pw"]);
    assert.equal(status, 2);
    assert.match(
      stdout,
      /2 keystores could not be imported:\n.*keystore-1.*WRONG_PASSWORD.*\n.*keystore-2.*WRONG_PASSWORD/,
    );
    assert.deepEqual(await loadable(), [pubkeyOf(0)]);
  });

  it("names damaged files and passes over what is no keystore", async () => {
    room.write("keys/keystore-0.json", keystoreText(0).slice(0, -9));
    room.write("keys/keystore-1.json", keystoreText(1));
    room.write("keys/notes.json", `{"shopping": ["bread"]}`);
    room.write("pw", PASSWORD);
    const {status, stdout} = await importKeys(["keys", "--never-signed", "--password-file", "pw"]);
    assert.equal(status, 2);
    assert.match(stdout, /keystore-0\.json: not JSON \(NOT_JSON\)/);
    assert.doesNotMatch(stdout, /notes/);
    assert.deepEqual(await loadable(), [pubkeyOf(1)]);
  });

  it("reports a key that is there already or comes twice, and leaves it as it is", async () => {
    for (const name of ["a", "b"]) room.write(`${name}/keystore-0.json`, keystoreText(0));
    room.write("pw", PASSWORD);
    const argv = ["a", "b", "--never-signed", "--password-file", "pw", "--json"];
    const first = JSON.parse((await importKeys(argv)).stdout);
    assert.deepEqual([first.imported.length, first.duplicates], [1, [pubkeyOf(0)]]);
    const text = readFileSync(join(room.keystoresDir, room.keystores[0]!), "utf8");
    const again = await importKeys(argv);
    assert.deepEqual(JSON.parse(again.stdout).duplicates, [pubkeyOf(0), pubkeyOf(0)]);
    assert.equal(again.status, 0);
    assert.equal(readFileSync(join(room.keystoresDir, room.keystores[0]!), "utf8"), text);
  });

  it("gives a keystore without a public key the one of its secret", async () => {
    room.write("keystore.json", keystoreText(0, {hasPubkey: false}));
    room.write("pw", PASSWORD);
    assert.equal((await importKeys(["keystore.json", "--never-signed", "--password-file", "pw"])).status, 0);
    assert.deepEqual(await loadable(), [pubkeyOf(0)]);
  });

  it("keeps a key disabled that its client had switched off", async () => {
    room.write("v/a.json", keystoreText(0));
    const entry = `- enabled: false\n  type: local_keystore\n  voting_keystore_path: a.json\n  voting_keystore_password: ${PASSWORD}\n`;
    room.write("v/validator_definitions.yml", entry);
    const {status, stdout, stderr} = await importKeys(["v", "--never-signed"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /disabled, as it was/);
    assert.deepEqual(await loadable(), []);
    assert.match(room.keystores[0]!, /\.disabled$/);
  });

  it("imports nothing from a list of Lighthouse's that it cannot understand", async () => {
    const CASES: readonly (readonly [string, RegExp])[] = [
      ["- {enabled: true", /validator_definitions\.yml cannot be read/],
      ["enabled: true", /it is no list of validators/],
      [`a: &a [x]\nb: [${"*a,".repeat(50)}*a]`, /it is no list of validators/],
      ["[".repeat(20_000), /cannot be read/],
      ["", /holds no keys that are known/],
    ];
    for (const [text, pattern] of CASES) {
      room.write("v/validator_definitions.yml", text);
      const {status, stderr} = await importKeys(["v", "--never-signed"]);
      assert.equal(status, 2);
      assert.match(stderr, pattern);
    }
  });

  it("keeps it disabled too when another file of the same key opens first", async () => {
    room.write("v/a.json", keystoreText(0));
    room.write(
      "v/validator_definitions.yml",
      "- enabled: false\n  type: local_keystore\n  voting_keystore_path: a.json\n",
    );
    room.write(`v/${pubkeyOf(0)}/voting-keystore.json`, keystoreText(0));
    room.write(`v/${pubkeyOf(0)}/${pubkeyOf(0)}`, PASSWORD);
    room.write("pw", PASSWORD);
    const {status, stdout} = await importKeys(["v", "--never-signed", "--password-file", "pw"]);
    assert.equal(status, 0);
    assert.match(stdout, /disabled, as it was\n1 key was there already/);
    assert.deepEqual(await loadable(), []);
  });

  describe("and what the keys have signed", () => {
    beforeEach(() => {
      for (const index of [0, 1]) {
        room.write(`lh/validators/${pubkeyOf(index)}/voting-keystore.json`, keystoreText(index));
        room.write(`lh/secrets/${pubkeyOf(index)}`, PASSWORD);
      }
      room.write("lh/validators/slashing_protection.sqlite", "");
    });

    it("imports nothing while nobody tells it, and names the client's own command", async () => {
      for (const options of [{answers: [false]}, {}] satisfies RunOptions[]) {
        const {status, stderr} = await importKeys(["lh"], options);
        assert.equal(status, 2);
        const command = `Lighthouse: lighthouse account validator slashing-protection export slashing-protection.json --network devnet --datadir ${room.path("lh")}`;
        assert.ok(stderr.includes(command), stderr);
        assert.match(stderr, /no key was imported|give --slashing-protection <file>, or --never-signed/);
        assert.deepEqual(room.keystores, []);
      }
    });

    it("names Lodestar's command for a network of its own, which Lodestar knows by its config.yaml", async () => {
      room.write("tn/config.yaml", "PRESET_BASE: minimal\nCONFIG_NAME: my-net\n");
      room.write(`lodestar/keystores/${pubkeyOf(0)}/voting-keystore.json`, keystoreText(0));
      room.write(`lodestar/secrets/${pubkeyOf(0)}`, PASSWORD);
      const {stderr} = await importKeys(["lodestar"], {chain: ["--testnet-dir", "tn"]});
      const command = `lodestar validator slashing-protection export --paramsFile ${room.path("tn/config.yaml")} --beaconNodes <url> --dataDir ${room.path("lodestar")} --file slashing-protection.json`;
      assert.ok(stderr.includes(command), stderr);
    });

    it("names the command of another Mote whose data directory it is", async () => {
      room.write("other mote/validator_keys/keystore-0.json", keystoreText(0));
      room.write(`other mote/secrets/${pubkeyOf(0)}`, PASSWORD);
      room.write("other mote/slashing-protection/CURRENT", "");
      const command = `Mote: mote slashing-protection export --network devnet --datadir '${room.path("other mote")}' --to slashing-protection.json`;
      for (const place of ["other mote", "other mote/validator_keys"]) {
        const {status, stderr} = await importKeys([place]);
        assert.equal(status, 2);
        assert.ok(stderr.includes(command), stderr);
        assert.ok(!stderr.includes("teku"), stderr);
      }
    });

    it("takes it from the file first, and asks of no key that the file names", async () => {
      room.write("history.json", historyOf(0, 1));
      const {status, stdout, stderr, asked} = await importKeys(["lh", "--slashing-protection", "history.json"]);
      assert.equal(status, 0, stderr);
      assert.deepEqual(asked, []);
      assert.match(stdout, /what 2 keys had signed was taken over before/);
      assert.deepEqual(await loadable(), [pubkeyOf(0), pubkeyOf(1)].sort());
    });

    it("asks of the keys that the file does not name", async () => {
      room.write("history.json", historyOf(0));
      const {status, stderr, asked} = await importKeys(["lh", "--slashing-protection", "history.json"], {
        answers: [true],
      });
      assert.equal(status, 0, stderr);
      assert.deepEqual(asked, ["Are you certain that it has never signed anything?"]);
      assert.match(stderr, new RegExp(`nothing tells what 1 key \\(${pubkeyOf(1)}\\)`));
    });

    it("does not ask of a key whose records are here", async () => {
      room.write("history.json", historyOf(0, 1));
      assert.equal((await importKeys(["lh", "--slashing-protection", "history.json"])).status, 0);
      const removed = await room.run({table: REMOVE_OPTIONS, command: removeKeysCommand}, ["--all", "--yes"]);
      assert.equal(removed.status, 0, removed.stderr);
      assert.deepEqual(room.keystores, []);
      const {status, stderr} = await importKeys(["lh"]);
      assert.equal(status, 0, stderr);
      assert.equal(room.keystores.length, 2);
    });

    it("imports no key when the file is damaged", async () => {
      room.write("history.json", historyOf(0, 1).slice(0, -5));
      const {status, stderr} = await importKeys(["lh", "--slashing-protection", "history.json"]);
      assert.equal(status, 2);
      assert.match(stderr, /the file cannot be imported, and nothing was/);
      assert.deepEqual(room.keystores, []);
    });
  });

  it("says what became of the rest when the disk refuses half-way", async () => {
    for (const index of [0, 1, 2]) room.write(`keys/keystore-${index}.json`, keystoreText(index));
    room.write("pw", PASSWORD);
    const {status, stderr} = await importKeys(["keys", "--never-signed", "--password-file", "pw"], {
      folder: fullAfter(2),
    });
    assert.equal(status, 2);
    assert.match(
      stderr,
      /2 of 3 keys are in the folder, each whole; the others are not\nmote: .*there is no space left/,
    );
    assert.equal((await loadable()).length, 2);
  });

  it("refuses kindly while a Mote uses the keys, and what is no place of keys", async () => {
    room.write("keys/keystore-0.json", keystoreText(0));
    mkdirSync(room.keystoresDir, {recursive: true});
    const hold = await holdDirectory(room.keystoresDir);
    const held = await importKeys(["keys", "--never-signed"]);
    await hold.release();
    assert.equal(held.status, 2);
    assert.match(
      held.stderr,
      /a running Mote, or another command, uses the keys in .*: stop it first, or use its Keymanager API/,
    );
    const CASES: readonly (readonly [string, RegExp])[] = [
      ["nothing", /nothing cannot be imported: there is no such file/],
      ["empty", /empty holds no keys that are known/],
      ["backup.zip", /unpack the archive first/],
      ["history.json", /history\.json holds no keystore; what keys have signed is given by --slashing-protection/],
      ["notes", /notes holds no keystore/],
    ];
    mkdirSync(room.path("empty"));
    room.write("history.json", historyOf(0));
    room.write("notes/shopping.json", "{}");
    room.write("backup.zip", "PK");
    for (const [word, pattern] of CASES) {
      const {status, stderr} = await importKeys([word]);
      assert.equal(status, 2);
      assert.match(stderr, pattern);
    }
    assert.match((await importKeys([])).stderr, /which keys\?/);
  });
});
