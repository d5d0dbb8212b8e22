import assert from "node:assert/strict";
import {statSync} from "node:fs";
import type {Devnet} from "@mote/devnet";
import {INTEROP, pubkeyOf, standingChain, Workshop} from "../support/operator-room.ts";

const OLD_ENOUGH_SEC = 3 * 8 * 2;

describe("mote exit", function () {
  this.timeout(30_000);
  const shop = new Workshop();
  let chain: Devnet;
  let nodes: string[];
  before(async () => {
    chain = await standingChain(OLD_ENOUGH_SEC);
    nodes = ["--network", "devnet", "--datadir", "data", "--beacon-nodes", `${chain.urls[0]}`];
    await shop.addKeystores(0, 1, 9);
  });
  after(async () => {
    await chain.stop();
    shop.remove();
  });

  const exit = (words: readonly string[], answers: readonly string[] = []) =>
    shop.mote(["exit", ...words, ...nodes], answers);
  const refused = async (pattern: RegExp, words: readonly string[], answers: readonly string[] = []) => {
    const {code, stdout, stderr} = await exit(words, answers);
    assert.equal(code, 2, stderr);
    assert.match(stderr, pattern);
    assert.equal(stdout, "");
    assert.equal(chain.chain.pools.voluntaryExits.length, 0);
  };

  it("asks first, and no is what it takes for an answer", async () => {
    await refused(/out of service for good|nothing was published/, [pubkeyOf(0)], [""]);
    await refused(/nothing was published/, [pubkeyOf(0)], ["no"]);
    await refused(/give --yes/, [pubkeyOf(0)]);
  });

  it("tells what the chain said to an exit that it does not take", async () => {
    // Its state stands at genesis, when nobody may leave.
    const {code, stdout} = await exit([String(INTEROP), "--yes"]);
    assert.equal(code, 2);
    assert.match(stdout, /^validator 16: the exit was refused: bn0: exit is not valid: early_epoch\n/);
    const json = await exit([pubkeyOf(0), "--yes", "--json"]);
    const [first] = JSON.parse(json.stdout).exits;
    assert.deepEqual([first.index, first.pubkey, first.kind], [16, pubkeyOf(0), "refused"]);
  });

  it("signs for later, a file for each, which can be published without keys", async () => {
    const {code, stdout, stderr} = await exit(["--all", "--presign", "--to", "exits", "--epoch", "5"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`left out: ${pubkeyOf(9)} is not known to the chain`));
    const names = [0, 1].map((index) => `voluntary_exit-${INTEROP + index}-${pubkeyOf(index).slice(2, 10)}.json`);
    assert.deepEqual(shop.files("exits"), names);
    assert.equal(stdout, names.map((name) => `${shop.path("exits")}/${name}\n`).join(""));
    const {message, signature} = shop.json(`exits/${names[0]}`);
    assert.deepEqual(message, {epoch: "5", validator_index: "16"});
    assert.match(signature, /^0x[0-9a-f]{192}$/);
    assert.equal(statSync(shop.path(`exits/${names[0]}`)).mode & 0o777, 0o600);
    await refused(/it counts from epoch 5 on, and now it is 3/, ["--submit", `exits/${names[0]}`]);
    await exit(["--all", "--presign", "--to", "now"]);
    await refused(/nothing was published: the validators stay/, ["--submit", `now/${names[0]}`], ["n"]);
    const submitted = await exit(["--submit", names.map((name) => `now/${name}`).join(","), "--yes"]);
    assert.equal(submitted.code, 2);
    assert.equal(submitted.stdout.match(/refused: bn0: exit is not valid/g)?.length, 2);
    // As a shell hands over exits/*.json.
    const globbed = await exit(["--submit", ...names.map((name) => `now/${name}`), "--yes"]);
    assert.equal(globbed.stdout, submitted.stdout);
  });

  it("takes the beginning of a public key, as other commands about keys do", async () => {
    const {code, stderr} = await exit([pubkeyOf(1).slice(0, 12), "--presign", "--to", "by-prefix"]);
    assert.equal(code, 0, stderr);
    assert.equal(shop.json(`by-prefix/${shop.files("by-prefix")[0]}`).message.validator_index, "17");
    await refused(/no key here begins with "0x123456"/, ["0x123456", "--yes"]);
  });

  it("does not put an exit in the place of another", async () => {
    const presign = (...words: readonly string[]) => exit([pubkeyOf(0), "--presign", "--to", "kept", ...words]);
    assert.equal((await presign("--epoch", "5")).code, 0);
    const [name = ""] = shop.files("kept");
    const first = shop.json(`kept/${name}`);
    const all = await exit(["--all", "--presign", "--to", "kept", "--epoch", "6"]);
    assert.equal(all.code, 2);
    assert.match(all.stderr, /kept\/voluntary_exit-16-.*\.json holds an exit from epoch 5 on already: .* --to/);
    assert.deepEqual([shop.files("kept"), shop.json(`kept/${name}`)], [[name], first]);
    const again = await presign("--epoch", "5");
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(shop.json(`kept/${name}`), first);
    shop.write(`kept/${name}`, "mine");
    assert.match((await presign("--epoch", "5")).stderr, /holds something else already/);
    const ofAnotherChain = {...first, signature: `0x${"ab".repeat(96)}`};
    shop.write(`kept/${name}`, JSON.stringify(ofAnotherChain));
    assert.match((await presign("--epoch", "5")).stderr, /holds an exit of another chain already/);
    assert.deepEqual(shop.json(`kept/${name}`), ofAnotherChain);
  });

  it("does not publish what another key, or nobody, has signed", async () => {
    await exit([pubkeyOf(0), "--presign", "--to", "own"]);
    const good = shop.json(`own/${shop.files("own")[0]}`);
    const file = (value: unknown) => shop.write("exit.json", typeof value === "string" ? value : JSON.stringify(value));
    const cases: readonly (readonly [value: unknown, pattern: RegExp])[] = [
      [{...good, message: {...good.message, validator_index: "17"}}, /not that of validator 17 for this chain/],
      [{...good, message: {...good.message, epoch: "1"}}, /not that of validator 16/],
      [{...good, message: {...good.message, validator_index: "99"}}, /there is no validator 99/],
      [{...good, signature: "0x00"}, /is no signed exit: signature/],
      [{signature: good.signature}, /has no message/],
      ["{", /is not JSON/],
      ["null", /is no signed exit/],
      ["x".repeat(10_000), /is no signed exit/],
    ];
    for (const [value, pattern] of cases) await refused(pattern, ["--submit", file(value), "--yes"]);
  });

  it("signs without a beacon node where the network's genesis is known", async () => {
    const testnet = (name: string, root?: string) => shop.writeTestnet(name, chain, root);
    const words = ["exit", pubkeyOf(0), "--presign", "--validator-index", "16", "--datadir", "data"];
    const presigned = async (name: string, dir: string) => {
      const {code, stderr} = await shop.mote([...words, "--testnet-dir", dir, "--to", name]);
      assert.equal(code, 0, stderr);
      return `${name}/${shop.files(name)[0]}`;
    };
    const own = await presigned("offline", testnet("own-testnet"));
    assert.deepEqual(shop.json(own).message, {epoch: "0", validator_index: "16"});
    const {stdout} = await exit(["--submit", own, "--yes"]);
    assert.match(stdout, /refused: bn0: exit is not valid: short_time_active/);
    const [a, b] = [pubkeyOf(1), pubkeyOf(0)];
    const both = ["--presign", "--datadir", "data", "--testnet-dir", "own-testnet", "--validator-index"];
    const pair = await shop.mote(["exit", a, b, ...both, "17,16", "--to", "pair"]);
    assert.match(pair.stderr, /2 exits signed.*\n.*\n.*an exit with another index is good for nothing/);
    const files = shop.files("pair").map((name) => `pair/${name}`);
    assert.deepEqual(
      files.map((file) => shop.json(file).message.validator_index),
      ["16", "17"],
    );
    const published = await exit(["--submit", files.join(","), "--yes"]);
    assert.equal(published.stdout.match(/refused: bn0: exit is not valid/g)?.length, 2);
    const crossed = await shop.mote(["exit", a, b, ...both, "16,17", "--to", "crossed"]);
    assert.equal(crossed.code, 0);
    await refused(/not that of validator 16/, ["--submit", `crossed/${shop.files("crossed")[0]}`, "--yes"]);
    for (const [words, pattern] of [
      [[a, b, ...both, "17"], /there are 2 keys and 1 of it/],
      [["17", ...both, "17"], /name the validators by their public keys/],
      [[a, a, ...both, "17,17"], /names a validator twice/],
      [[a, ...both, "17,"], /is not a list of validator indices/],
    ] as const)
      assert.match((await shop.mote(["exit", ...words])).stderr, pattern);
    const other = await presigned("other", testnet("other-testnet", `0x${"77".repeat(32)}`));
    await refused(/not that of validator 16 for this chain/, ["--submit", other, "--yes"]);
    const devnet = await shop.mote([...words, "--network", "devnet"]);
    assert.equal(devnet.code, 2);
    assert.match(devnet.stderr, /only the beacon nodes know the genesis/);
    const several = await shop.mote(["exit", "--all", ...words.slice(2), "--testnet-dir", "own-testnet"]);
    assert.match(several.stderr, /name the public keys in its order/);
  });

  it("refuses what it cannot mean", async () => {
    await refused(/which validators/, []);
    await refused(/leave out the validators/, [pubkeyOf(0), "--all"]);
    await refused(/no key here is "0x/, [pubkeyOf(3), "--yes"]);
    await refused(/there is no validator 99/, ["99", "--yes"]);
    await refused(/is not known to the chain/, [pubkeyOf(9), "--yes"]);
    await refused(/is for --presign/, [pubkeyOf(0), "--epoch", "3"]);
    await refused(/is for --presign/, [pubkeyOf(0), "--validator-index", "3"]);
    await refused(/--submit publishes what its files hold/, [pubkeyOf(0), "--submit", "x.json"]);
    await refused(/--submit publishes what its files hold/, ["--submit", "x.json", "16"]);
    await refused(/neither|96 hex digits/, ["0xabc"]);
    const lost = await shop.mote(["exit", "--all", "--network", "devnet", "--datadir", "nowhere", ...nodes.slice(4)]);
    assert.equal(lost.code, 2);
  });
});
