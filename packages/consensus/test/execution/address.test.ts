import assert from "node:assert/strict";
import {parseExecutionAddress} from "@mote/core";
import {checksumAddress, parseChecksummedAddress} from "../../src/execution/index.ts";

/** https://eips.ethereum.org/EIPS/eip-55#test-cases */
const EIP_55 = [
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
  "0xde709f2102306220921060314715629080e2fb77",
  "0x27b1fdb04752bbc536007a920d24acb045561c26",
  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
  "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
  "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

describe("checksumAddress", () => {
  for (const address of EIP_55) {
    it(`writes ${address}`, () => {
      assert.equal(checksumAddress(parseExecutionAddress(address, "address")), address);
    });
  }
});

describe("parseChecksummedAddress", () => {
  it("takes the checksummed spelling, all lower and all upper case", () => {
    for (const address of EIP_55) {
      const digits = address.slice(2);
      for (const text of [address, `0x${digits.toLowerCase()}`, `0x${digits.toUpperCase()}`]) {
        assert.equal(parseChecksummedAddress(text), address.toLowerCase());
      }
    }
  });

  it("refuses mixed case with any one letter the wrong way, and does not offer the right spelling", () => {
    const address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    for (let at = 2; at < address.length; at++) {
      const digit = address[at] ?? "";
      const other = digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase();
      if (other === digit) continue;
      const text = address.slice(0, at) + other + address.slice(at + 1);
      assert.throws(
        () => parseChecksummedAddress(text, "the fee recipient"),
        ({name, message}: Error) =>
          name === "InvalidValueError" && message.startsWith("the fee recipient") && !message.includes(address),
      );
    }
  });

  it("refuses a mistyped digit and what is no address", () => {
    const wrong = ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"];
    for (const text of [...wrong, "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "", "vitalik.eth", null, 7]) {
      assert.throws(() => parseChecksummedAddress(text), {name: "InvalidValueError"});
    }
  });
});
