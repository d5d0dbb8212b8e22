import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import {ssz} from "@lodestar/types";
import {bytesToHex, hexToBytes, parseExecutionAddress, parsePubkey, type Root} from "@mote/core";
import {keccak_256} from "@noble/hashes/sha3.js";
import {
  CONSOLIDATION_REQUEST_ADDRESS,
  checkDepositAmount,
  checksumAddress,
  consolidationRequest,
  type DepositData,
  depositDataRoot,
  depositMessageRoot,
  depositRequest,
  eip681,
  formatEth,
  WITHDRAWAL_REQUEST_ADDRESS,
  withdrawalCredentialsOf,
  withdrawalRequest,
} from "../../src/execution/index.ts";

const CONTRACT = parseExecutionAddress("0x00000000219ab540356cbb839cbe05303d7705fa", "address");
const [A, B] = ["aa", "bb"].map((byte) => parsePubkey(`0x${byte.repeat(48)}`, "pubkey")) as [never, never];

/** Different in every byte for every seed; nothing here looks at what they mean. */
function bytesOf(seed: string, sizeBytes: number): `0x${string}` {
  return bytesToHex(createHash("shake256", {outputLength: sizeBytes}).update(seed).digest());
}

function depositOf(seed: string): DepositData & {readonly depositDataRoot: Root} {
  const data = {
    pubkey: parsePubkey(bytesOf(`${seed} pubkey`, 48), "pubkey"),
    withdrawalCredentials: withdrawalCredentialsOf(parseExecutionAddress(bytesOf(seed, 20), "address"), "0x02"),
    amountGwei: 1_000_000_000n + (BigInt(bytesOf(`${seed} amount`, 8)) % 2_047_000_000_001n),
    signature: bytesOf(`${seed} signature`, 96),
  };
  return {...data, depositDataRoot: depositDataRoot(data)};
}

describe("deposit roots", () => {
  it("are those of the SSZ library", () => {
    for (let seed = 0; seed < 50; seed++) {
      const deposit = depositOf(`seed ${seed}`);
      const value = {
        pubkey: hexToBytes(deposit.pubkey),
        withdrawalCredentials: hexToBytes(deposit.withdrawalCredentials),
        amount: Number(deposit.amountGwei),
        signature: hexToBytes(deposit.signature),
      };
      assert.equal(depositMessageRoot(deposit), bytesToHex(ssz.phase0.DepositMessage.hashTreeRoot(value)));
      assert.equal(depositDataRoot(deposit), bytesToHex(ssz.phase0.DepositData.hashTreeRoot(value)));
    }
  });
});

describe("depositRequest", () => {
  it("is a call by the contract ABI", () => {
    const deposit = depositOf("one");
    const {to, data, valueWei, what} = depositRequest(deposit, CONTRACT);
    assert.equal(to, CONTRACT);
    assert.equal(valueWei, deposit.amountGwei * 10n ** 9n);
    assert(what.includes(deposit.pubkey) && what.includes(`${formatEth(deposit.amountGwei)} ETH`), what);
    const selector = Buffer.from(keccak_256(Buffer.from("deposit(bytes,bytes,bytes,bytes32)"))).toString("hex", 0, 4);
    const words = [
      "0000000000000000000000000000000000000000000000000000000000000080",
      "00000000000000000000000000000000000000000000000000000000000000e0",
      "0000000000000000000000000000000000000000000000000000000000000120",
      deposit.depositDataRoot.slice(2),
      "0000000000000000000000000000000000000000000000000000000000000030",
      `${deposit.pubkey.slice(2)}${"00".repeat(16)}`,
      "0000000000000000000000000000000000000000000000000000000000000020",
      deposit.withdrawalCredentials.slice(2),
      "0000000000000000000000000000000000000000000000000000000000000060",
      deposit.signature.slice(2),
    ];
    assert.equal(data, `0x${selector}${words.join("")}`);
  });

  it("refuses a root of other fields", () => {
    const [deposit, other] = [depositOf("one"), depositOf("two")];
    const changed = [
      {depositDataRoot: other.depositDataRoot},
      {pubkey: other.pubkey},
      {signature: other.signature},
      {withdrawalCredentials: other.withdrawalCredentials},
      {amountGwei: deposit.amountGwei + 1n},
    ];
    for (const change of changed) {
      assert.throws(() => depositRequest({...deposit, ...change}, CONTRACT), {
        name: "InvalidValueError",
        message: /deposit data root/,
      });
    }
  });

  it("refuses malformed fields", () => {
    const deposit = depositOf("one");
    const malformed = [{pubkey: "0xaa"}, {signature: "0x"}, {withdrawalCredentials: `0x05${"00".repeat(31)}`}];
    for (const change of malformed) {
      assert.throws(() => depositRequest({...deposit, ...change} as never, CONTRACT), {name: "InvalidValueError"});
    }
  });
});

describe("checkDepositAmount", () => {
  it("takes 1 to 2048 ETH", () => {
    for (const gwei of [1_000_000_000n, 32_000_000_000n, 2_048_000_000_000n])
      assert.equal(checkDepositAmount(gwei), gwei);
    for (const gwei of [-1n, 0n, 999_999_999n, 2_048_000_000_001n, 2n ** 64n]) {
      assert.throws(() => checkDepositAmount(gwei), {name: "InvalidValueError", message: /from 1 to 2048 ETH/});
    }
  });
});

describe("formatEth", () => {
  it("writes what a person writes", () => {
    const known = {"0": 0n, "1": 10n ** 9n, "0.000000001": 1n, "31.5": 31_500_000_000n, "2048": 2_048_000_000_000n};
    for (const [text, gwei] of Object.entries(known)) assert.equal(formatEth(gwei), text);
  });
});

describe("withdrawalRequest", () => {
  it("is the key and a big-endian amount", () => {
    const part = withdrawalRequest({pubkey: A, amountGwei: 0x0102030405060708n, feeWei: 3n});
    assert.equal(part.to, "0x00000961Ef480Eb55e80D19ad83579A64c007002".toLowerCase());
    assert.equal(part.data, `0x${"aa".repeat(48)}0102030405060708`);
    assert.equal(part.valueWei, 3n);
    const exit = withdrawalRequest({pubkey: A, amountGwei: 0n, feeWei: 1n});
    assert.equal(exit.data, `0x${"aa".repeat(48)}0000000000000000`);
    assert.match(exit.what, /^exit /);
    assert.doesNotMatch(part.what, /exit/);
  });

  it("refuses amounts and fees out of bounds", () => {
    for (const amountGwei of [-1n, 2n ** 64n]) {
      assert.throws(() => withdrawalRequest({pubkey: A, amountGwei, feeWei: 1n}), {name: "InvalidValueError"});
    }
    for (const feeWei of [-1n, 0n, 2n ** 256n]) {
      assert.throws(() => withdrawalRequest({pubkey: A, amountGwei: 0n, feeWei}), {name: "InvalidValueError"});
    }
  });
});

describe("consolidationRequest", () => {
  it("is the source's key and the target's", () => {
    const move = consolidationRequest({source: A, target: B, feeWei: 2n});
    assert.equal(move.to, "0x0000BBdDc7CE488642fb579F8B00f3a590007251".toLowerCase());
    assert.equal(move.data, `0x${"aa".repeat(48)}${"bb".repeat(48)}`);
    assert.equal(move.valueWei, 2n);
    assert.match(move.what, /move the whole balance/);
    assert.match(consolidationRequest({source: A, target: A, feeWei: 2n}).what, /compounding/);
    assert.throws(() => consolidationRequest({source: A, target: B, feeWei: 0n}), {name: "InvalidValueError"});
  });
});

describe("the request addresses", () => {
  it("are spelt as their EIPs spell them", () => {
    assert.equal(checksumAddress(WITHDRAWAL_REQUEST_ADDRESS), "0x00000961Ef480Eb55e80D19ad83579A64c007002");
    assert.equal(checksumAddress(CONSOLIDATION_REQUEST_ADDRESS), "0x0000BBdDc7CE488642fb579F8B00f3a590007251");
  });
});

describe("eip681", () => {
  it("names chain, value and data", () => {
    const link = eip681(withdrawalRequest({pubkey: A, amountGwei: 0n, feeWei: 1n}), 560048);
    const data = `0x${"aa".repeat(48)}0000000000000000`;
    assert.equal(link, `ethereum:0x00000961Ef480Eb55e80D19ad83579A64c007002@560048?value=1&data=${data}`);
  });

  it("names the function and its arguments in their order where there is one", () => {
    const deposit = depositOf("one");
    const {pubkey, withdrawalCredentials, signature, amountGwei, depositDataRoot: root} = deposit;
    assert.equal(
      eip681(depositRequest(deposit, CONTRACT), 1),
      `ethereum:0x00000000219ab540356cBB839Cbe05303d7705Fa@1/deposit?value=${amountGwei}000000000` +
        `&bytes=${pubkey}&bytes=${withdrawalCredentials}&bytes=${signature}&bytes32=${root}`,
    );
  });

  it("refuses what is no chain id", () => {
    const request = withdrawalRequest({pubkey: A, amountGwei: 0n, feeWei: 1n});
    for (const chainId of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
      assert.throws(() => eip681(request, chainId), {name: "InvalidValueError"});
    }
  });
});
