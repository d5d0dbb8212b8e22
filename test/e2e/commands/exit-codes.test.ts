import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {interopKeys} from "@mote/devnet";
import {COMMANDS} from "../../../packages/cli/src/command-table.ts";
import {KeystoreFolder} from "../support/keystores.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import {Room} from "../support/room.ts";
import {begun} from "../support/scenario.ts";
import {FEE_RECIPIENT} from "../support/start-node.ts";

/** What a command ends with. 129 and 130 need a chain that goes wrong: they are in doppelganger.test.ts and slashed.test.ts. How a devnet ends is in ctrl-c.test.ts. */
interface Ending {
  readonly code: 0 | 1 | 2;
  readonly words: string;
  /** It is asked to stop when it says this. */
  readonly stopAt?: RegExp;
}

const [PUBKEY = "", OTHER = ""] = interopKeys(2).map(({pubkey}) => pubkey);
const MNEMONIC = `${"abandon ".repeat(11)}about`;
const HOODI = "--network hoodi";
const HOODI_METADATA = {
  interchange_format_version: "5",
  genesis_validators_root: "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f",
};
const KEYS = "--keystores-dir keystores --secrets-dir secrets";
const ADDRESS = "--withdrawal-address 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const LIGHT = "--kdf pbkdf2 --password-file password";
const NOBODY = "--beacon-nodes http://127.0.0.1:9";
const UNREACHABLE = /unreachable/;
const NO_DATABASE = "--slashing-protection-url postgres://127.0.0.1:9/mote";

/** By command. They run in this order, each on what those before it have left. */
const ENDINGS: Readonly<Record<string, readonly Ending[]>> = {
  "": [{code: 0, words: ""}],
  help: [{code: 0, words: ""}],
  version: [{code: 0, words: ""}],
  completion: [
    {code: 0, words: "bash"},
    {code: 0, words: "zsh"},
    {code: 0, words: "fish"},
    {code: 2, words: "tcsh"},
  ],
  "no-such-command": [{code: 2, words: ""}],
  start: [
    {code: 0, words: "--help"},
    {code: 0, words: `${HOODI} ${NOBODY} --datadir asked ${KEYS} --init-slashing-protection`, stopAt: UNREACHABLE},
    {code: 2, words: HOODI},
    {code: 2, words: `${HOODI} ${NOBODY} --datadir without ${KEYS}`},
    {code: 2, words: `--network mainnet ${NOBODY} ${KEYS}`},
    {code: 2, words: `${HOODI} ${NOBODY} --no-such-option`},
  ],
  devnet: [
    {code: 0, words: "--help"},
    {code: 2, words: "--validators none"},
  ],
  keys: [
    {code: 0, words: ""},
    {code: 2, words: "no-such-word"},
  ],
  "keys new": [
    {code: 0, words: `--network devnet --datadir data ${LIGHT} --count 2 --write-mnemonic words`},
    // There is nobody to show it to.
    {code: 2, words: `--network devnet --datadir data ${LIGHT}`},
  ],
  "keys recover": [
    {code: 0, words: "--network devnet --datadir data --mnemonic-file words"},
    {code: 1, words: `${HOODI} --datadir data --mnemonic-file words ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: "--network devnet --datadir data --mnemonic-file wrong-words"},
  ],
  "keys import": [
    {code: 0, words: `keystores ${HOODI} --datadir imported --never-signed --password-file password`},
    // Nobody says what they have signed.
    {code: 2, words: `keystores ${HOODI} --datadir elsewhere`},
    {code: 2, words: `no-such-folder ${HOODI} --datadir imported --never-signed`},
  ],
  "keys list": [
    {code: 0, words: `${HOODI} --datadir imported`},
    {code: 2, words: ""},
  ],
  "keys disable": [
    {code: 0, words: `${PUBKEY} ${HOODI} --datadir imported`},
    {code: 2, words: `0xabcdef ${HOODI} --datadir imported`},
  ],
  "keys enable": [
    {code: 0, words: `${PUBKEY} ${HOODI} --datadir imported`},
    {code: 2, words: `${HOODI} --datadir imported`},
  ],
  "keys remove": [
    {code: 0, words: `${PUBKEY} ${HOODI} --datadir imported --yes`},
    // The same key again: it is not here any more.
    {code: 2, words: `${PUBKEY} ${HOODI} --datadir imported --yes`},
  ],
  "slashing-protection": [
    {code: 0, words: "--help"},
    {code: 2, words: "no-such-word"},
  ],
  "slashing-protection import": [
    {code: 0, words: `history.json ${HOODI} --datadir imported`},
    {code: 1, words: `history.json ${HOODI} ${NO_DATABASE}`},
    {code: 2, words: `no-such-file ${HOODI} --datadir imported`},
  ],
  "slashing-protection export": [
    {code: 0, words: `${HOODI} --datadir imported --to records.json`},
    {code: 1, words: `${HOODI} ${NO_DATABASE}`},
    {code: 2, words: `${HOODI} --datadir imported --to records.json`},
  ],
  "slashing-protection status": [
    {code: 0, words: `${HOODI} --datadir imported`},
    {code: 1, words: `${HOODI} ${NO_DATABASE}`},
    {code: 2, words: `${HOODI} --datadir nowhere`},
  ],
  deposit: [
    {code: 0, words: `${HOODI} ${KEYS} ${ADDRESS} --yes --to .`},
    // Not the checksum of EIP-55.
    {code: 2, words: `${HOODI} ${KEYS} ${ADDRESS.replace("5aAe", "5Aae")} --yes --to .`},
    {code: 2, words: `${HOODI} ${KEYS} ${ADDRESS} --amount 2049 --yes --to .`},
  ],
  exit: [
    {code: 0, words: `${PUBKEY} --presign --validator-index 5 --epoch 1000 ${HOODI} ${KEYS} --yes --to exits`},
    {code: 1, words: `${PUBKEY} ${HOODI} ${KEYS} --yes ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: HOODI},
  ],
  "withdrawal-address": [
    {
      code: 0,
      words: `${HOODI} --indices 0 ${ADDRESS} --presign --validator-index 5 --mnemonic-file words --yes --to changes`,
    },
    {code: 1, words: `${HOODI} --indices 0 ${ADDRESS} --mnemonic-file words --yes ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: `${HOODI} --indices 0 --withdrawal-address 0x12`},
  ],
  compound: [
    {code: 0, words: `${PUBKEY} ${HOODI} --json`},
    {code: 1, words: `${PUBKEY} ${HOODI} ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: `0x12 ${HOODI}`},
  ],
  consolidate: [
    {code: 0, words: `--source ${PUBKEY} --target ${OTHER} ${HOODI} --json`},
    {code: 1, words: `--source ${PUBKEY} --target ${OTHER} ${HOODI} ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: `--source ${PUBKEY} ${HOODI}`},
  ],
  withdraw: [
    {code: 0, words: `${PUBKEY} --amount 1.5 ${HOODI} --json`},
    {code: 1, words: `${PUBKEY} --amount 1.5 ${HOODI} ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: `${PUBKEY} ${HOODI}`},
  ],
  "top-up": [
    {code: 1, words: `${PUBKEY} --amount 1 ${HOODI} ${NOBODY}`, stopAt: UNREACHABLE},
    {code: 2, words: `${PUBKEY} --amount 1 ${HOODI}`},
  ],
  status: [
    {code: 1, words: `${HOODI} --datadir imported`},
    {code: 2, words: "--no-such-option"},
  ],
  doctor: [
    {code: 1, words: `${HOODI} ${NOBODY} --datadir imported`},
    {code: 2, words: `${HOODI} --no-such-option`},
  ],
};

/** Those whose success needs a chain. `*` stands for the URL of its beacon node. */
const BESIDE_CHAIN: Readonly<Record<string, readonly Ending[]>> = {
  status: [{code: 0, words: "--datadir running"}],
  doctor: [
    {
      code: 0,
      words: `--network devnet --datadir running --interop-keys 0 --beacon-nodes * --suggested-fee-recipient ${FEE_RECIPIENT}`,
    },
  ],
  "top-up": [{code: 0, words: "3 --amount 1 --network devnet --beacon-nodes * --json"}],
};

describe("exit codes", function () {
  this.timeout(60_000);
  const room = new Room();
  let slow: Promise<MoteProcess>;
  before(() => {
    const keystores = new KeystoreFolder(room.dir);
    for (const index of [0, 1]) keystores.add(index);
    writeFileSync(join(room.dir, "password"), "Kieselstein 7", {mode: 0o600});
    writeFileSync(join(room.dir, "history.json"), JSON.stringify({metadata: HOODI_METADATA, data: []}));
    writeFileSync(join(room.dir, "wrong-words"), MNEMONIC.replace("about", "abandon"), {mode: 0o600});
    slow = begun(ended(`exit ${PUBKEY} ${HOODI} ${KEYS} --yes ${NOBODY}`));
  });
  after(() => room.clear());

  async function ended(line: string, stopAt?: RegExp): Promise<MoteProcess> {
    const mote = room.mote(...line.split(" ").filter((word) => word !== ""));
    if (stopAt !== undefined) {
      await mote.says(stopAt);
      mote.signal("SIGTERM");
    }
    await mote.exited;
    return mote;
  }

  for (const [command, endings] of Object.entries(ENDINGS))
    for (const {code, words, stopAt} of endings)
      it(`${code} of mote ${`${command} ${words}`.trim().slice(0, 110)}${stopAt ? ", stopped" : ""}`, async () => {
        const mote = await ended(`${command} ${words}`, stopAt);
        assert.equal((await mote.exited).code, code, mote.story());
      });

  describe("beside a chain", () => {
    let url: string;
    before(async () => {
      const devnet = await room.devnet({validators: 8});
      url = devnet.urls.join();
      const running = `start --network devnet --datadir running --json --interop-keys 0 --init-slashing-protection`;
      const mote = room.mote(...running.split(" "), "--beacon-nodes", url, "--suggested-fee-recipient", FEE_RECIPIENT);
      await mote.ready();
    });

    for (const [command, endings] of Object.entries(BESIDE_CHAIN))
      for (const {code, words} of endings)
        it(`${code} of mote ${`${command} ${words}`.slice(0, 110)}`, async () => {
          const mote = await ended(`${command} ${words}`.replace("*", url));
          assert.equal((await mote.exited).code, code, mote.story());
        });
  });

  it("are here for every command there is", () => {
    for (const {name, subcommands = []} of COMMANDS)
      for (const command of [name, ...subcommands.map((each) => `${name} ${each.name}`)]) {
        const codes = [ENDINGS, BESIDE_CHAIN].flatMap((table) => table[command]?.map(({code}) => code) ?? []);
        assert.ok(codes.includes(0), `0 of ${command}`);
        if (name !== "version") assert.ok(codes.includes(2), `2 of ${command}`);
      }
  });

  it("1 of a beacon node that does not answer in time", async () => {
    const mote = await slow;
    assert.equal((await mote.exited).code, 1, mote.story());
    assert.match(mote.stderr, /did not answer within 15 s/);
  });
});
