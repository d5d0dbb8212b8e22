import assert from "node:assert/strict";
import {readdirSync, readFileSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {hexToBytes, type Pubkey} from "@mote/core";
import {deriveSigningKey, deriveWithdrawalKey, readMnemonic, signDeposit} from "@mote/duty-signing";
import {blsWithdrawalCredentials} from "@mote/node/staking";
import {endedDuties} from "../support/duty-lines.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";
import {FEE_RECIPIENT} from "../support/start-node.ts";

const INTEROP = 16;
const ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const CREDENTIALS = `0x01${"00".repeat(11)}${ADDRESS.slice(2).toLowerCase()}`;
const DEVNET_FORK_VERSION = hexToBytes("0x006d6f74");
const POLL_MS = 500;
/** Two epochs and some slots of a second each, on a slow machine. */
const POLLS_MAX = 120;

interface ValidatorJson {
  readonly status: string;
  readonly validator: {readonly pubkey: Pubkey; readonly withdrawal_credentials: string};
}

/** Asks the chain again and again until it says what is waited for. */
async function untilValidator(url: string, index: number, is: (validator: ValidatorJson) => boolean): Promise<void> {
  for (let polls = 0; ; polls++) {
    const response = await fetch(`${url}/eth/v1/beacon/states/head/validators/${index}`);
    const {data} = (await response.json()) as {data: ValidatorJson};
    if (is(data)) return;
    if (polls === POLLS_MAX) throw new Error(`validator ${index} is still ${JSON.stringify(data)}`);
    await sleep(POLL_MS);
  }
}

async function untilSlot(url: string, slot: number): Promise<void> {
  for (let polls = 0; polls <= POLLS_MAX; polls++) {
    const response = await fetch(`${url}/eth/v1/beacon/headers/head`);
    const {data} = (await response.json()) as {data: {header: {message: {slot: string}}}};
    if (Number(data.header.message.slot) >= slot) return;
    await sleep(POLL_MS);
  }
  throw new Error(`slot ${slot} did not come`);
}

describe("keys of one's own, from the mnemonic to the exit", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  before(async () => {
    room = await rooms.open();
  });
  after(() => rooms.clear());
  const path = (name: string) => join(room.dir, name);

  /** Runs a command to its end. @returns its standard output */
  const done = async (...words: readonly string[]): Promise<string> => {
    const mote = room.mote(...words);
    const {code} = await mote.exited;
    return explained(mote, () => {
      assert.equal(code, 0);
      return mote.stdout;
    });
  };

  /** A deposit with the withdrawal key of the mnemonic, as the first validators made theirs. */
  async function depositOfOldKind(index: number): Promise<string> {
    const mnemonic = await readMnemonic(readFileSync(path("mnemonic.txt"), "utf8"));
    assert.ok(mnemonic.kind === "ok");
    const seed = await mnemonic.seed("");
    const withdrawalCredentials = blsWithdrawalCredentials(deriveWithdrawalKey(seed, index).pubkey);
    const secretKey = deriveSigningKey(seed, index);
    const genesisForkVersion = DEVNET_FORK_VERSION;
    const deposit = signDeposit({secretKey, withdrawalCredentials, amountGwei: 32_000_000_000n, genesisForkVersion});
    const bare = (hex: string) => hex.slice(2);
    const entry = {
      pubkey: bare(deposit.pubkey),
      withdrawal_credentials: bare(deposit.withdrawalCredentials),
      amount: 32_000_000_000,
      signature: bare(deposit.signature),
      deposit_message_root: bare(deposit.depositMessageRoot),
      deposit_data_root: bare(deposit.depositDataRoot),
      fork_version: "006d6f74",
    };
    writeFileSync(path("old.json"), JSON.stringify([entry]));
    return path("old.json");
  }

  const votesOf = (mote: MoteProcess, index: number) =>
    endedDuties(mote).filter(({key, end}) => key.validatorIndex === index && end.kind === "done").length;

  it("are made, deposited, in service, given an address, and taken out of service", async () => {
    writeFileSync(path("password.txt"), "Kieselstein 7", {mode: 0o600});
    const keys = ["--network", "devnet", "--datadir", path("own")];
    await done(
      ...["keys", "new", ...keys, "--count", "2", "--kdf", "pbkdf2"],
      ...["--write-mnemonic", path("mnemonic.txt"), "--password-file", path("password.txt")],
    );
    const [first = ""] = readdirSync(path("own/validator_keys")).filter((name) => name.includes("3600_0_0_0"));
    const {pubkey} = JSON.parse(readFileSync(path(`own/validator_keys/${first}`), "utf8"));
    const made = await done("deposit", `0x${pubkey}`, ...keys, "--withdrawal-address", ADDRESS, "--yes", "--json");
    const deposits = [JSON.parse(made).file, await depositOfOldKind(1)];

    const devnet = room.mote(
      ...["devnet", "--genesis-deposits", deposits.join(","), "--validators", String(INTEROP)],
      ...["--seconds-per-slot", "1", "--genesis-delay", "12", "--json"],
    );
    const [, url = ""] = await devnet.stderrSays(/mote start --network devnet --beacon-nodes (\S+) --keystores-dir/);
    const node = room.mote(
      ...["start", ...keys, "--beacon-nodes", url, "--init-slashing-protection", "--json"],
      ...["--suggested-fee-recipient", FEE_RECIPIENT],
    );
    await explained(node, () => node.ready());
    await explained(devnet, () =>
      untilValidator(url, INTEROP, ({status, validator}) => {
        assert.equal(validator.pubkey, `0x${pubkey}`);
        return status === "active_ongoing";
      }),
    );

    const change = ["withdrawal-address", "--network", "devnet", "--beacon-nodes", url, "--indices", "1"];
    await untilSlot(url, 1);
    await done(...change, "--mnemonic-file", path("mnemonic.txt"), "--address", ADDRESS, "--yes");
    await explained(devnet, () =>
      untilValidator(url, INTEROP + 1, ({validator}) => validator.withdrawal_credentials === CREDENTIALS),
    );

    await untilSlot(url, 17);
    await explained(node, () => {
      for (const index of [INTEROP, INTEROP + 1])
        assert.ok(votesOf(node, index) > 0, `validator ${index} has not voted`);
    });
    const {network, validators} = JSON.parse(await done("status", ...keys, "--json"));
    assert.deepEqual([network, validators.total, validators.withDuties, validators.signing], ["devnet", 2, 2, 2]);
    await done("doctor", ...keys, "--beacon-nodes", url);
    const exits = await done("exit", String(INTEROP), ...keys, "--beacon-nodes", url, "--yes");
    assert.equal(exits, `validator ${INTEROP}: the exit was published (bn0)\n`);
    await explained(devnet, () => untilValidator(url, INTEROP, ({status}) => status === "active_exiting"));

    assert.ok(node.isRunning);
    node.signal("SIGTERM");
    assert.equal((await node.exited).code, 0);
    devnet.signal("SIGTERM");
    const {code} = await devnet.exited;
    await explained(devnet, () => {
      assert.equal(code, 0);
      assert.equal(JSON.parse(devnet.stdout).slashableMessages, 0);
    });
  });
});
