import assert from "node:assert/strict";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import type {Devnet} from "@mote/devnet";
import {encryptKeystore, SystemRandomBytes} from "@mote/duty-signing";
import {
  ADDRESS,
  INTEROP,
  MNEMONIC,
  PASSWORD,
  standingChain,
  Workshop,
  withdrawalKey,
} from "../support/operator-room.ts";

describe("mote withdrawal-address", function () {
  this.timeout(30_000);
  const shop = new Workshop();
  let chain: Devnet;
  let mnemonic: string[];
  let nodes: string[];
  before(async () => {
    chain = await standingChain(2);
    mnemonic = ["--mnemonic-file", shop.write("mnemonic.txt", MNEMONIC)];
    nodes = ["--network", "devnet", "--beacon-nodes", `${chain.urls[0]}`];
  });
  after(async () => {
    await chain.stop();
    shop.remove();
  });

  const change = (words: readonly string[], answers: readonly string[] = []) =>
    shop.mote(["withdrawal-address", ...mnemonic, ...nodes, ...words], answers);
  const refused = async (pattern: RegExp, words: readonly string[], answers: readonly string[] = []) => {
    const {code, stderr} = await change(words, answers);
    assert.equal(code, 2, stderr);
    assert.match(stderr, pattern);
    assert.doesNotMatch(stderr, /abandon/);
    assert.equal(chain.chain.pools.blsToExecutionChanges.length, 0);
  };
  const to = ["--address", ADDRESS, "--yes"];

  it("refuses validators that have an address, are unknown, or belong to another key", async () => {
    await refused(/validator 16 has the address 0x5aAeb.* already/, ["--indices", "0", ...to]);
    await refused(/validator 17 has the address/, ["--indices", "1,2", ...to]);
    await refused(/validator 19 belongs to another withdrawal key/, ["--indices", "3", ...to]);
    await refused(/key 8 of the mnemonic .* is no validator of this chain/, ["--indices", "8", ...to]);
    await refused(/wrong checksum/, ["--indices", "2", "--address", ADDRESS.replace("BeAed", "Beaed"), "--yes"]);
    await refused(/nothing was done/, ["--indices", "2", "--address", ADDRESS], ["no"]);
    await refused(/not the same/, ["--indices", "2"], [ADDRESS, `0x${"1".repeat(40)}`]);
  });

  it("asks no beacon node while nobody says which key and which address", async () => {
    let asked = 0;
    const server = createServer(async (request, response) => {
      asked++;
      let body = "";
      for await (const part of request) body += part;
      const init =
        request.method === "POST" ? {method: "POST", body, headers: {"content-type": "application/json"}} : {};
      const answer = await fetch(`${chain.urls[0]}${request.url}`, init);
      response.writeHead(answer.status, {"content-type": "application/json"}).end(await answer.text());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const words = ["withdrawal-address", "--network", "devnet", "--beacon-nodes", url];
    try {
      const noMnemonic = await shop.mote([...words, ...to]);
      assert.match(noMnemonic.stderr, /nobody is there .* --mnemonic-file <file>/);
      const noAddress = await shop.mote([...words, ...mnemonic]);
      assert.match(noAddress.stderr, /nobody is there .* --address <0x…>/);
      const noYes = await shop.mote([...words, ...mnemonic, "--address", ADDRESS]);
      assert.match(noYes.stderr, /nobody is there .* --yes/);
      assert.deepEqual([noMnemonic.code, noAddress.code, noYes.code, asked], [2, 2, 2, 0]);
      const all = await shop.mote([...words, ...mnemonic, ...to, "--indices", "0"]);
      assert.match(all.stderr, /validator 16 has the address/);
      assert.notEqual(asked, 0);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("signs for later, with the node's word or without it", async () => {
    const message = {
      from_bls_pubkey: withdrawalKey(2).pubkey,
      to_execution_address: ADDRESS.toLowerCase(),
    };
    const online = await change(["--indices", "2", "--presign", "--to", "online", ...to]);
    assert.equal(online.code, 0, online.stderr);
    const [signed] = shop.json(`online/${shop.files("online")[0]}`);
    assert.deepEqual(signed.message, {validator_index: String(INTEROP + 2), ...message});
    const other = shop.writeTestnet("other-testnet", chain, `0x${"77".repeat(32)}`);
    const words = ["withdrawal-address", ...mnemonic, "--testnet-dir", other, "--indices", "2", "--presign", ...to];
    const offline = await shop.mote([...words, "--validator-index", "1234", "--to", "offline"]);
    assert.equal(offline.code, 0, offline.stderr);
    const [far] = shop.json(`offline/${shop.files("offline")[0]}`);
    assert.deepEqual(far.message, {validator_index: "1234", ...message});
    assert.notEqual(far.signature, signed.signature);
    const own = await shop.mote([
      ...["withdrawal-address", ...mnemonic, "--testnet-dir", shop.writeTestnet("own-testnet", chain), "--indices=2"],
      ...["--presign", "--validator-index", String(INTEROP + 2), "--to", "own", ...to],
    ]);
    assert.equal(own.code, 0, own.stderr);
    assert.deepEqual(shop.json(`own/${shop.files("own")[0]}`), [signed]);
  });

  it("takes the withdrawal key from a keystore, for the validator that is named", async () => {
    const {text} = await encryptKeystore(
      {secretKey: withdrawalKey(2), password: PASSWORD, derivationPath: null, kdf: "pbkdf2", createdAtSec: 1},
      {random: new SystemRandomBytes()},
    );
    shop.write("withdrawal.json", text);
    shop.write("password.txt", PASSWORD);
    const key = ["--withdrawal-keystore", "withdrawal.json"];
    const withKey = (words: readonly string[], answers: readonly string[] = []) =>
      shop.mote(["withdrawal-address", ...key, ...nodes, ...words, ...to], answers);
    const later = ["--validator-index", "18", "--presign", "--to", "by-keystore"];
    const {code, stderr} = await withKey(later, [PASSWORD]);
    assert.equal(code, 0, stderr);
    const [signed] = shop.json(`by-keystore/${shop.files("by-keystore")[0]}`);
    assert.deepEqual([signed.message.validator_index, signed.message.from_bls_pubkey], ["18", withdrawalKey(2).pubkey]);
    const offline = await shop.mote([
      ...["withdrawal-address", ...key, "--password-file", "password.txt", "--testnet-dir", "own-testnet"],
      ...["--presign", "--validator-index", "18", "--to", "offline-keystore", ...to],
    ]);
    assert.equal(offline.code, 0, offline.stderr);
    assert.deepEqual(shop.json(`offline-keystore/${shop.files("offline-keystore")[0]}`), [signed]);
    const cases: readonly (readonly [words: readonly string[], pattern: RegExp, answers?: readonly string[]])[] = [
      [["--validator-index", "19"], /validator 19 belongs to another withdrawal key/, [PASSWORD]],
      [["--validator-index", "99"], /there is no validator 99/, [PASSWORD]],
      [["--validator-index", "18"], /cannot be opened: .*password/, ["wrong"]],
      [[], /whose key is it\? Give the validator's --validator-index/],
      [["--validator-index", "18", "--indices", "2"], /leave out --indices/],
    ];
    for (const [words, pattern, answers = []] of cases) {
      const {code, stderr} = await withKey(words, answers);
      assert.equal(code, 2, stderr);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, new RegExp(PASSWORD));
    }
    await refused(/is for --withdrawal-keystore/, ["--password-file", "password.txt", ...to]);
    assert.equal(chain.chain.pools.blsToExecutionChanges.length, 0);
  });

  it("shows from whom to whom, and the chain takes it", async () => {
    const {code, stdout, stderr} = await change(["--indices", "2", "--address", ADDRESS], ["yes"]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "validator 18: the change was published (bn0)\n");
    assert.match(stderr, new RegExp(`from the withdrawal key ${withdrawalKey(2).pubkey}[^]*to the address ${ADDRESS}`));
    const [waiting] = chain.chain.pools.blsToExecutionChanges;
    assert.equal(waiting?.message.validatorIndex, 18);
  });
});
