import assert from "node:assert/strict";
import {depositSigningRoot, ssz, verifySignature} from "@mote/consensus";
import {blsWithdrawalCredentials, type WithdrawalCredentials, withdrawalCredentialsOf} from "@mote/consensus/execution";
import {SecretKey} from "@mote/consensus/secret-key";
import {bytesToHex, hexToBytes, parseExecutionAddress, type Signature} from "@mote/core";
import {type SignedDeposit, signDeposit, verifyDeposit} from "../../src/keys/deposit-data.ts";
import {deriveSigningKey, deriveWithdrawalKey} from "../../src/keys/derivation.ts";
import {readMnemonic} from "../../src/keys/mnemonic.ts";
import {OF_DEPOSIT_CLI, OF_SMITH, SMITH_MNEMONIC} from "./deposit-vectors.ts";

const ADDRESS = parseExecutionAddress("0x00000000219ab540356cbb839cbe05303d7705fa", "address");
const HOODI = Uint8Array.of(0x10, 0, 0x09, 0x10);
const MAINNET = Uint8Array.of(0, 0, 0, 0);

const deposit = (over: Partial<Parameters<typeof signDeposit>[0]> = {}) =>
  signDeposit({
    secretKey: SecretKey.interop(1),
    withdrawalCredentials: withdrawalCredentialsOf(ADDRESS, "0x02"),
    amountGwei: 32_000_000_000n,
    genesisForkVersion: HOODI,
    ...over,
  });

describe("signDeposit", () => {
  it("signs what the SSZ library says is the deposit, for every kind of credentials", () => {
    const kinds: WithdrawalCredentials[] = [
      blsWithdrawalCredentials(SecretKey.interop(2).pubkey),
      withdrawalCredentialsOf(ADDRESS, "0x01"),
      withdrawalCredentialsOf(ADDRESS, "0x02"),
    ];
    for (const withdrawalCredentials of kinds) {
      for (const amountGwei of [1_000_000_000n, 32_000_000_000n, 2_048_000_000_000n]) {
        const signed = deposit({withdrawalCredentials, amountGwei});
        const message = {
          pubkey: hexToBytes(signed.pubkey),
          withdrawalCredentials: hexToBytes(withdrawalCredentials),
          amount: Number(amountGwei),
        };
        const signature = hexToBytes(signed.signature) as Signature;
        assert.equal(signed.depositMessageRoot, bytesToHex(ssz.phase0.DepositMessage.hashTreeRoot(message)));
        assert.equal(signed.depositDataRoot, bytesToHex(ssz.phase0.DepositData.hashTreeRoot({...message, signature})));
        const root = depositSigningRoot({GENESIS_FORK_VERSION: HOODI}, message);
        assert(verifySignature(signed.pubkey, root, signature));
        assert(verifyDeposit(signed, HOODI));
      }
    }
  });

  it("signs what another tool signs with the key of the same mnemonic", async () => {
    const mnemonic = await readMnemonic(SMITH_MNEMONIC);
    assert(mnemonic.kind === "ok");
    const seed = await mnemonic.seed("");
    const secretKey = deriveSigningKey(seed, 0);
    assert.equal(
      blsWithdrawalCredentials(deriveWithdrawalKey(seed, 0).pubkey),
      OF_SMITH.find(({withdrawalCredentials}) => withdrawalCredentials.startsWith("0x00"))?.withdrawalCredentials,
    );
    for (const {forkVersion, ...expected} of OF_SMITH) {
      const {withdrawalCredentials, amountGwei} = expected;
      const signed = signDeposit({secretKey, withdrawalCredentials, amountGwei, genesisForkVersion: forkVersion});
      assert.deepEqual(signed, expected);
    }
  });

  it("refuses amounts, credentials and fork versions that are none", () => {
    for (const amountGwei of [0n, 999_999_999n, 2_048_000_000_001n]) {
      assert.throws(() => deposit({amountGwei}), {name: "InvalidValueError", message: /1 to 2048 ETH/});
    }
    for (const withdrawalCredentials of [`0x03${"00".repeat(31)}`, `0x01${"11".repeat(31)}`, "0x01"] as const) {
      assert.throws(() => deposit({withdrawalCredentials}), {name: "InvalidValueError"});
    }
    assert.throws(() => deposit({genesisForkVersion: new Uint8Array(3)}), {name: "InvalidValueError"});
  });

  it("never hands out a deposit that does not verify", () => {
    const key = SecretKey.interop(1);
    const wrong = {pubkey: key.pubkey, sign: () => SecretKey.interop(2).sign(`0x${"11".repeat(32)}` as never)};
    assert.throws(() => deposit({secretKey: wrong as never}), /does not verify/);
  });
});

describe("verifyDeposit", () => {
  it("is true for what the deposit tool made, on its chain alone", () => {
    for (const {forkVersion, ...made} of OF_DEPOSIT_CLI) {
      assert(verifyDeposit(made, forkVersion));
      assert(!verifyDeposit(made, HOODI));
    }
  });

  it("is false for another chain and for any field that was changed", () => {
    const signed = deposit();
    assert(!verifyDeposit(signed, MAINNET));
    const other = deposit({secretKey: SecretKey.interop(9), amountGwei: 1_000_000_000n});
    const fields = ["pubkey", "amountGwei", "signature", "depositMessageRoot", "depositDataRoot"] as const;
    for (const field of fields) {
      const changed: SignedDeposit = {...signed, [field]: other[field]};
      assert(!verifyDeposit(changed, HOODI), field);
    }
    const redirected = {...signed, withdrawalCredentials: withdrawalCredentialsOf(ADDRESS, "0x01")};
    assert(!verifyDeposit(redirected, HOODI));
  });
});
