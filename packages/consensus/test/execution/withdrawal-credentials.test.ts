import assert from "node:assert/strict";
import {parseExecutionAddress, parsePubkey} from "@mote/core";
import {
  blsWithdrawalCredentials,
  parseWithdrawalCredentials,
  withdrawalAddressOf,
  withdrawalCredentialsOf,
} from "../../src/execution/index.ts";

const ADDRESS = parseExecutionAddress("0x00000000219ab540356cbb839cbe05303d7705fa", "address");
const ZEROS = "00".repeat(11);

describe("withdrawal credentials", () => {
  it("are the kind, eleven zero bytes and the address", () => {
    for (const kind of ["0x01", "0x02"] as const) {
      const credentials = withdrawalCredentialsOf(ADDRESS, kind);
      assert.equal(credentials, `${kind}${ZEROS}00000000219ab540356cbb839cbe05303d7705fa`);
      assert.equal(parseWithdrawalCredentials(credentials.toUpperCase().replace("0X", "0x"), "c"), credentials);
      assert.equal(withdrawalAddressOf(credentials), ADDRESS);
    }
  });

  it("of a BLS key are its hash with 00 in front", () => {
    const pubkey = parsePubkey(`0x${"00".repeat(48)}`, "pubkey");
    // sha256 of 48 zero bytes, by coreutils.
    const hash = "17b0761f87b081d5cf10757ccc89f12be355c70e2e29df288b65b30710dcbcd1";
    assert.equal(blsWithdrawalCredentials(pubkey), `0x00${hash.slice(2)}`);
    assert.equal(withdrawalAddressOf(blsWithdrawalCredentials(pubkey)), null);
  });

  it("refuses those that would lock the money up", () => {
    const address = ADDRESS.slice(2);
    const wrong = [
      `0x03${ZEROS}${address}`,
      `0x01${"00".repeat(10)}01${address}`,
      `0x02${address}${ZEROS}`,
      `0x01${ZEROS}${address}00`,
      `01${ZEROS}${address}`,
      ADDRESS,
      null,
    ];
    for (const value of wrong) assert.throws(() => parseWithdrawalCredentials(value, "c"), {name: "InvalidValueError"});
  });
});
