import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";
import {ADDRESS, executionNode, pubkeyOf, standingChain, Workshop} from "../support/operator-room.ts";

const WITHDRAWALS = "0x00000961Ef480Eb55e80D19ad83579A64c007002";
const CONSOLIDATIONS = "0x0000BBdDc7CE488642fb579F8B00f3a590007251";
/** The devnet lets validators go after two epochs of eight slots. */
const OLD_ENOUGH_SEC = 3 * 8 * 2;
const bare = (index: number) => pubkeyOf(index).slice(2);

describe("requests of the execution layer", function () {
  this.timeout(30_000);
  const shop = new Workshop();
  let chain: Devnet;
  let nodes: string[];
  before(async () => {
    chain = await standingChain(OLD_ENOUGH_SEC);
    nodes = ["--beacon-nodes", `${chain.urls[0]}`];
  });
  after(async () => {
    await chain.stop();
    shop.remove();
  });

  const mote = (...words: readonly string[]) => shop.mote([...words, "--network", "devnet"]);
  const made = async (...words: readonly string[]) => {
    const {code, stdout, stderr} = await mote(...words, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const refused = async (pattern: RegExp, ...words: readonly string[]) => {
    const {code, stdout, stderr} = await mote(...words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, pattern);
    assert.equal(stdout, "");
  };

  it("switch a validator to compounding, by key or index, and say who must send it", async () => {
    const {chainId, transactions} = await made("compound", pubkeyOf(0), ...nodes);
    assert.equal(chainId, 6_071_684);
    const data = `0x${bare(0)}${bare(0)}`;
    assert.deepEqual(transactions, [
      {
        what: `switch validator ${pubkeyOf(0)} to compounding credentials`,
        from: ADDRESS,
        to: CONSOLIDATIONS,
        data,
        value: "0x3b9aca00",
        valueWei: "1000000000",
        chainId: 6_071_684,
        eip681: `ethereum:${CONSOLIDATIONS}@6071684?value=1000000000&data=${data}`,
      },
    ]);
    assert.deepEqual((await made("compound", "16", ...nodes)).transactions, transactions);
    const blind = await mote("compound", pubkeyOf(0), "--json", "--fee-wei", "7");
    const [one] = JSON.parse(blind.stdout).transactions;
    assert.deepEqual([one.data, one.from, one.valueWei], [data, null, "7"]);
    assert.match(blind.stderr, /nothing was checked against the chain/);
  });

  it("say which option is meant where words come in its place", async () => {
    await refused(/--source <0x…\|index> --target <0x…\|index>/, "consolidate", pubkeyOf(0), pubkeyOf(1), ...nodes);
    await refused(/--source <0x…\|index> --target/, "consolidate", "--source", "16", "17", ...nodes);
    await refused(
      /"1\.5" is no validator: an amount is written --amount 1\.5/,
      "withdraw",
      pubkeyOf(1),
      "1.5",
      ...nodes,
    );
    await refused(/"2eth" is no validator: an amount is written --amount 2/, "top-up", pubkeyOf(1), "2eth", ...nodes);
    await refused(/write the address as --address 0x/, "withdrawal-address", ADDRESS, ...nodes);
  });

  it("consolidate, take out a part, and leave by the withdrawal address", async () => {
    const consolidation = await made("consolidate", "--source", "16", "--target", pubkeyOf(1), ...nodes);
    assert.equal(consolidation.transactions[0].data, `0x${bare(0)}${bare(1)}`);
    const part = await made("withdraw", pubkeyOf(1), "--amount", "1.5", ...nodes);
    assert.equal(part.transactions[0].to, WITHDRAWALS);
    assert.equal(part.transactions[0].data, `0x${bare(1)}${(1_500_000_000).toString(16).padStart(16, "0")}`);
    const full = await made("withdraw", pubkeyOf(0), pubkeyOf(1), "--full", ...nodes);
    assert.deepEqual(
      full.transactions.map(({data}: {data: string}) => data),
      [0, 1].map((index) => `0x${bare(index)}${"0".repeat(16)}`),
    );
    const tooMuch = await mote("withdraw", pubkeyOf(1), "--amount", "9", ...nodes);
    assert.match(tooMuch.stderr, /only 8 ETH are above 32 ETH now/);
  });

  it("top up a validator that the chain knows", async () => {
    const {transactions} = await made("top-up", pubkeyOf(1), "--amount", "2", ...nodes);
    const [{to, from, value, data}] = transactions;
    assert.deepEqual([to, from, BigInt(value)], [`0x${"1234567890".repeat(4)}`, null, 2n * 10n ** 18n]);
    assert.ok(data.startsWith("0x22895118") && data.includes(bare(1)));
    await refused(/is not known to the chain/, "top-up", pubkeyOf(9), "--amount", "2", ...nodes);
    await refused(/what is sent for a key that is no validator yet is lost/, "top-up", pubkeyOf(1), "--amount", "2");
    await refused(/from 1 to 2048 ETH/, "top-up", pubkeyOf(1), "--amount", "0.1", ...nodes);
    await refused(/how much/, "top-up", pubkeyOf(1), ...nodes);
    const words = ["--network", "chiado", "--amount", "2"];
    const inGno = await shop.mote(["top-up", pubkeyOf(1), ...words]);
    assert.equal(inGno.code, 2);
    assert.match(inGno.stderr, /on chiado deposits are paid in GNO/);
  });

  it("are for people too, with a link and a QR code", async () => {
    const {code, stdout} = await mote("withdraw", pubkeyOf(0), "--full", "--qr", ...nodes);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^Exit validator ${pubkeyOf(0)} and withdraw all of its balance\n  from   ${ADDRESS} \\(`),
    );
    assert.match(stdout, /\n {2}value {2}0\.000000001 ETH \(1000000000 wei\)\n/);
    assert.match(stdout, /\n {2}link {3}ethereum:0x00000961/);
    assert.match(stdout, /█▀▀▀▀▀▀▀█/);
  });

  it("are refused when the chain would only take the fee", async () => {
    await refused(/compounds already/, "compound", pubkeyOf(1), ...nodes);
    await refused(/0x00 credentials.*mote withdrawal-address/, "compound", pubkeyOf(2), ...nodes);
    await refused(/the target, does not compound/, "consolidate", "--source", pubkeyOf(1), "--target", "16", ...nodes);
    await refused(/same validator/, "consolidate", "--source", "16", "--target", pubkeyOf(0), ...nodes);
    await refused(/does not compound \(0x01 credentials\)/, "withdraw", pubkeyOf(0), "--amount", "1", ...nodes);
    await refused(/is not known to the chain/, "withdraw", "99", "--full", ...nodes);
  });

  it("are refused for what is mistyped", async () => {
    await refused(/either --amount/, "withdraw", pubkeyOf(0));
    await refused(/either --amount/, "withdraw", pubkeyOf(0), "--full", "--amount", "1");
    await refused(/0 would mean to leave for good/, "withdraw", pubkeyOf(0), "--amount", "0");
    await refused(/which validator/, "withdraw", "--full");
    await refused(
      /named by its index, or by its public key of 0x and 96 hex digits/,
      "compound",
      pubkeyOf(0).slice(0, -1),
    );
    for (const nonsense of ["-1", "1e2", "1.5", "0x12", "18446744073709551616", "abc"])
      await refused(/named by its index, or by its public key/, "compound", nonsense);
    await refused(/no public key of BLS/, "compound", `0x${"ab".repeat(48)}`);
    await refused(/give its public key, or --beacon-nodes/, "compound", "16");
    await refused(/give both/, "consolidate", "--source", pubkeyOf(0));
    await refused(/not a whole number of wei/, "compound", pubkeyOf(0), "--fee-wei", "0");
  });

  it("pay twice the fee of the moment, and a gwei at least", async () => {
    for (const [present, paid] of [
      [3n, 10n ** 9n],
      [10n ** 12n, 2n * 10n ** 12n],
    ] as const) {
      const node = await executionNode({chainId: 6_071_684, feeWei: present});
      try {
        const {transactions} = await made("compound", pubkeyOf(0), "--execution-node", node.url);
        assert.equal(transactions[0].valueWei, String(paid));
        const words = ["compound", pubkeyOf(0), "--network", "hoodi", "--execution-node", node.url];
        const wrong = await shop.mote(words);
        assert.equal(wrong.code, 2);
        assert.match(wrong.stderr, /is on chain 6071684, and this network's is 560048/);
      } finally {
        await node.close();
      }
    }
  });

  it("ask no node of another chain", async () => {
    const other = shop.writeTestnet("other-testnet", chain, `0x${"77".repeat(32)}`);
    const {code, stderr} = await shop.mote(["compound", pubkeyOf(0), "--testnet-dir", other, ...nodes]);
    assert.equal(code, 2);
    assert.match(stderr, /no beacon node is on the chain that was asked for/);
  });
});

describe("requests for validators that are too young", function () {
  this.timeout(30_000);
  it("are refused, with the epoch from which on they are possible", async () => {
    const shop = new Workshop();
    const chain = await standingChain(2);
    try {
      const words = ["withdraw", pubkeyOf(0), "--full", "--network", "devnet", "--beacon-nodes", `${chain.urls[0]}`];
      const {code, stderr} = await shop.mote(words);
      assert.equal(code, 2);
      assert.match(stderr, /this is possible from epoch 2 on, and now it is 0/);
    } finally {
      await chain.stop();
      shop.remove();
    }
  });
});
