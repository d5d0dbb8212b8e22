import assert from "node:assert/strict";
import {mkdirSync, writeFileSync} from "node:fs";
import {type DevnetOptions, readOptions} from "@mote/devnet";
import {ADDRESS, MNEMONIC, PASSWORD, pubkeyOf, standingChain, Workshop} from "../support/operator-room.ts";

const DEVNET: DevnetOptions = {
  validators: 16,
  secondsPerSlot: 2,
  fork: "fulu",
  beaconNodes: 1,
  faults: [],
  dialects: [],
  apiPort: 0,
  genesisTimeSec: 1_700_000_000,
};

/** What a chain makes of the deposits: its rules are @lodestar's, and refuse a wrong root or signature. */
const takenBy = (text: string) => readOptions({...DEVNET, genesisDeposits: [{name: "d.json", text}]}).depositors;

describe("mote deposit", function () {
  this.timeout(30_000);
  let shop: Workshop;
  let mnemonic: string[];
  beforeEach(() => {
    shop = new Workshop();
    mnemonic = ["--from-mnemonic", "--mnemonic-file", shop.write("mnemonic.txt", MNEMONIC)];
  });
  afterEach(() => shop.remove());

  const deposit = (...words: readonly string[]) => shop.mote(["deposit", "--network", "devnet", ...words]);
  const to = ["--withdrawal-address", ADDRESS, "--yes"];

  it("writes what the launchpads read, and what a chain takes", async () => {
    const {code, stdout, stderr} = await deposit(...mnemonic, "--indices", "0-1,5", ...to, "--to", "out");
    assert.equal(code, 0, stderr);
    const [file = ""] = shop.files("out");
    assert.match(file, /^deposit_data-\d{10}\.json$/);
    assert.equal(stdout, `${shop.path("out")}/${file}\n`);
    const entries = shop.json(`out/${file}`);
    assert.deepEqual(
      entries.map(({pubkey}: {pubkey: string}) => `0x${pubkey}`),
      [0, 1, 5].map(pubkeyOf),
    );
    const hex = (digits: number) => new RegExp(`^[0-9a-f]{${digits}}$`);
    const {pubkey, signature, deposit_message_root, deposit_data_root, ...rest} = entries[0];
    assert.match(pubkey, hex(96));
    assert.match(signature, hex(192));
    for (const root of [deposit_message_root, deposit_data_root]) assert.match(root, hex(64));
    assert.deepEqual(rest, {
      withdrawal_credentials: `01${"00".repeat(11)}${ADDRESS.slice(2).toLowerCase()}`,
      amount: 32e9,
      fork_version: "006d6f74",
      network_name: "devnet",
      deposit_cli_version: "2.8.0",
    });
    assert.deepEqual(
      takenBy(JSON.stringify(entries)).map((each) => each.pubkey),
      [0, 1, 5].map(pubkeyOf),
    );
    assert.match(stderr, /next: mote devnet --genesis-deposits /);
    const [first] = entries;
    assert.throws(() => takenBy(JSON.stringify([{...first, amount: 33e9}])), /deposit_message_root/);
  });

  it("makes compounding ones of any amount to the gwei, and says what does not work", async () => {
    const big = await deposit(
      ...mnemonic,
      "--indices=0",
      ...to,
      "--compounding",
      "--amount",
      "2047.000000001",
      "--to=a",
    );
    assert.equal(big.code, 0, big.stderr);
    assert.doesNotMatch(big.stderr, /note:/);
    const [entry] = shop.json(`a/${shop.files("a")[0]}`);
    assert.deepEqual([entry.amount, entry.withdrawal_credentials.slice(0, 2)], [2_047_000_000_001, "02"]);
    const plain = await deposit(...mnemonic, "--indices=0", ...to, "--amount", "100", "--to=b");
    assert.match(plain.stderr, /without --compounding only 32 ETH work, and the other 68 ETH are paid out/);
    const small = await deposit(...mnemonic, "--indices=0", ...to, "--amount", "1.5", "--to=c");
    assert.match(small.stderr, /works from 32 ETH on: it waits until mote top-up adds the 30.5 ETH that are missing/);
  });

  it("takes the keys of the folder, all of them or those that are named", async () => {
    await shop.addKeystores(0, 1);
    const datadir = ["--datadir", "data"];
    const all = await deposit(...datadir, ...to, "--json");
    assert.equal(all.code, 0, all.stderr);
    const {file, deposits} = JSON.parse(all.stdout);
    assert.match(file, /data\/validator_keys\/deposit_data-/);
    assert.equal(deposits.length, 2);
    const one = await deposit(pubkeyOf(1), ...datadir, ...to, "--to=one", "--json");
    assert.deepEqual(
      JSON.parse(one.stdout).deposits.map(({pubkey}: {pubkey: string}) => `0x${pubkey}`),
      [pubkeyOf(1)],
    );
    const unknown = await deposit(pubkeyOf(5), ...datadir, ...to);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /no key here is "0x/);
    const prefix = await deposit(pubkeyOf(1).slice(0, 12), ...datadir, ...to, "--to=prefix", "--json");
    assert.deepEqual(JSON.parse(prefix.stdout).deposits, JSON.parse(one.stdout).deposits);
    const short = await deposit(pubkeyOf(1).slice(0, 5), ...datadir, ...to);
    assert.match(short.stderr, /is no public key: 0x and 96 hex digits, or the first 6 or more/);
    const wrong = await deposit(...datadir, ...to, "--password-file", shop.write("password", "Kieselstein 8"));
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /2 keystores cannot be opened:\n.*\n.*/);
    assert.doesNotMatch(wrong.stderr, /Kieselstein/);
    const right = await deposit(...datadir, ...to, "--to=two", "--password-file", shop.write("password", PASSWORD));
    assert.equal(right.code, 0, right.stderr);
  });

  it("is for an address that was checked and confirmed", async () => {
    const words = [...mnemonic, "--indices", "0", "--to", "out"];
    const refused = async (pattern: RegExp, more: readonly string[], answers: readonly string[] = []) => {
      const result = await shop.mote(["deposit", "--network", "devnet", ...words, ...more], answers);
      assert.equal(result.code, 2, result.stdout);
      assert.match(result.stderr, pattern);
      assert.ok(!shop.files().includes("out"), "nothing is written");
    };
    const mistyped = ADDRESS.replace("BeAed", "Beaed");
    await refused(/wrong checksum/, ["--withdrawal-address", mistyped, "--yes"]);
    await refused(/40 hex digits/, ["--withdrawal-address", ADDRESS.slice(0, -1), "--yes"]);
    await refused(/zero address/, ["--withdrawal-address", `0x${"0".repeat(40)}`, "--yes"]);
    const elsewhere: readonly (readonly [address: string, pattern: RegExp])[] = [
      [`0x${"1234567890".repeat(4)}`, /the deposit contract, not a wallet of yours/],
      ["0x00000961Ef480Eb55e80D19ad83579A64c007002", /withdrawal requests/],
      ["0x0000BBdDc7CE488642fb579F8B00f3a590007251", /consolidation requests/],
      [`0x${"0".repeat(36)}dEaD`, /burnt/],
      [`0x${"0".repeat(39)}9`, /built into the chain/],
      [`0x${"0".repeat(37)}100`, /built into the chain/],
    ];
    for (const [address, pattern] of elsewhere) await refused(pattern, ["--withdrawal-address", address, "--yes"]);
    await refused(/nothing was done/, ["--withdrawal-address", ADDRESS], ["no"]);
    await refused(/give --yes/, ["--withdrawal-address", ADDRESS]);
    await refused(/not the same/, [], [ADDRESS, `0x${"1".repeat(40)}`]);
    await refused(/give --withdrawal-address <0x…>/, []);
    const twice = await shop.mote(["deposit", "--network", "devnet", ...words], [ADDRESS, ADDRESS.toLowerCase()]);
    assert.equal(twice.code, 0, twice.stderr);
  });

  it("says when an earlier file has deposits of the same keys", async () => {
    const again = (indices: string) => deposit(...mnemonic, "--indices", indices, ...to, "--to=out");
    assert.doesNotMatch((await again("0,1")).stderr, /note:/);
    assert.doesNotMatch((await again("2")).stderr, /note:/);
    const [first = "", second = ""] = shop.files("out");
    shop.write("out/deposit_data-1.json", "[null, 3");
    const {code, stderr} = await again("1,3");
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`note: ${first} in .*out has deposits of these keys too`));
    assert.ok(!stderr.includes(second));
  });

  it("asks for no address when there is no key", async () => {
    const {stderr} = await deposit("--datadir", "data");
    assert.match(stderr, /there are no keystores in .* make keys with mote keys new first$/);
  });

  it("leaves an earlier file of the same second alone", async () => {
    const amounts = [32, 33, 34, 35];
    for (const amount of amounts) {
      const words = [...mnemonic, "--indices=0", ...to, "--amount", String(amount), "--to=out"];
      assert.equal((await deposit(...words)).code, 0);
    }
    const written = shop.files("out").map((file) => shop.json(`out/${file}`)[0].amount / 1e9);
    assert.deepEqual(written, amounts);
  });

  it("refuses amounts and words that make no sense, without a file", async () => {
    const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
      [[...mnemonic, "--indices=0", "--amount", "0.5"], /from 1 to 2048 ETH/],
      [[...mnemonic, "--indices=0", "--amount", "2048.000000001"], /from 1 to 2048 ETH/],
      [[...mnemonic, "--indices=0", "--amount", "1.0000000001"], /up to 9 decimals/],
      [[...mnemonic, "--indices=0", "--amount", "32e9"], /not an amount of ETH/],
      [[...mnemonic], /which keys of it/],
      [["--indices", "0"], /are for --from-mnemonic/],
      [[...mnemonic, "--indices", "0", pubkeyOf(0)], /not by public keys/],
      [["--datadir", "data"], /there are no keystores/],
      [["--qr", "--datadir", "data"], /--qr is for --as-transactions/],
    ];
    for (const [words, pattern] of cases) {
      const result = await deposit(...words, ...to);
      assert.equal(result.code, 2, words.join(" "));
      assert.match(result.stderr, pattern, words.join(" "));
    }
    const bad = await deposit(
      "--from-mnemonic",
      "--indices=0",
      "--mnemonic-file",
      shop.write("m", `${MNEMONIC} abandon`),
      ...to,
    );
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /the mnemonic cannot be used/);
    assert.doesNotMatch(bad.stderr, /abandon/);
  });

  it("is refused for a key that is a validator already, when a beacon node is asked", async () => {
    const chain = await standingChain(2);
    try {
      const nodes = ["--beacon-nodes", `${chain.urls[0]}`];
      const second = await deposit(...mnemonic, "--indices", "0,9", ...to, ...nodes, "--to", "out");
      assert.equal(second.code, 2);
      assert.match(second.stderr, new RegExp(`${pubkeyOf(0)} is validator 16 already\n.*mote top-up`));
      assert.ok(!shop.files().includes("out"));
      const first = await deposit(...mnemonic, "--indices", "9", ...to, ...nodes, "--to", "out");
      assert.equal(first.code, 0, first.stderr);
    } finally {
      await chain.stop();
    }
  });

  it("is a transaction where there is no launchpad", async () => {
    mkdirSync(shop.path("testnet"));
    const config = {
      PRESET_BASE: "minimal",
      CONFIG_NAME: "my-testnet",
      GENESIS_FORK_VERSION: "0x10000038",
      CAPELLA_FORK_VERSION: "0x40000038",
      DEPOSIT_CHAIN_ID: "3151908",
      DEPOSIT_CONTRACT_ADDRESS: "0x4242424242424242424242424242424242424242",
    };
    const yaml = Object.entries(config).map(([name, value]) => `${name}: ${value}\n`);
    writeFileSync(shop.path("testnet/config.yaml"), yaml.join(""));
    const words = ["deposit", "--testnet-dir", "testnet", ...mnemonic, "--indices=0", ...to];
    const {code, stdout, stderr} = await shop.mote([...words, "--as-transactions", "--json"]);
    assert.equal(code, 0, stderr);
    const {chainId, transactions} = JSON.parse(stdout);
    assert.equal(chainId, 3_151_908);
    const [{to: contract, data, value, valueWei, eip681}] = transactions;
    assert.equal(contract, "0x4242424242424242424242424242424242424242");
    assert.deepEqual([BigInt(value), valueWei], [32n * 10n ** 18n, "32000000000000000000"]);
    assert.match(data, /^0x22895118[0-9a-f]{832}$/);
    assert.ok(data.includes(pubkeyOf(0).slice(2)));
    assert.match(
      eip681,
      /^ethereum:0x4242424242424242424242424242424242424242@3151908\/deposit\?value=32000000000000000000&/,
    );
    const file = await shop.mote([...words, "--json", "--to", "out"]);
    assert.match(file.stderr, /no launchpad/);
    const [entry] = JSON.parse(file.stdout).deposits;
    assert.deepEqual([entry.fork_version, entry.network_name], ["10000038", "my-testnet"]);
    const gnosis = ["deposit", "--network", "chiado", ...mnemonic, "--indices=0", ...to];
    const refused = await shop.mote([...gnosis, "--as-transactions"]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /in GNO/);
    const hoodi = await shop.mote(["deposit", "--network", "hoodi", ...mnemonic, "--indices=0", ...to, "--to", "out"]);
    assert.match(hoodi.stderr, /next: hand the file to https:\/\/hoodi\.launchpad/);
  });
});
