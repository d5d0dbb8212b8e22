import assert from "node:assert/strict";
import fc from "fast-check";
import {
  abbreviate,
  bytesToHex,
  FAR_FUTURE_EPOCH,
  hexToBytes,
  parseEpoch,
  parseHex,
  parsePubkey,
  parseRoot,
  parseSignature,
  parseSlot,
  parseUint,
} from "../src/primitives.ts";

describe("parseUint", () => {
  it("reads decimal strings and numbers from 0 to 2^53−1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        assert.equal(parseUint(String(value), "slot"), value);
        assert.equal(parseUint(value, "slot"), value);
      }),
    );
  });

  const refused = ["", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x10", "９", "9007199254740992", "9".repeat(40)];
  for (const value of [
    ...refused,
    -1,
    0.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    {},
    [7],
    true,
    7n,
  ]) {
    it(`refuses ${typeof value} ${String(value)} by the field's name`, () => {
      assert.throws(() => parseUint(value, "target.epoch"), {
        name: "InvalidValueError",
        message: /^target\.epoch must be/,
      });
    });
  }

  it("names a value that cannot be printed", () => {
    assert.throws(() => parseUint(JSON.parse('{"toString":false}'), "slot"), /slot must be .* not an object/);
  });

  it("never throws anything but InvalidValueError, whatever comes", () => {
    fc.assert(
      fc.property(fc.anything({withNullPrototype: true}), (value) => {
        try {
          assert(Number.isSafeInteger(parseUint(value, "x")));
        } catch (error) {
          assert.equal((error as Error).name, "InvalidValueError");
        }
      }),
    );
  });

  it("keeps a hostile value short in the message", () => {
    assert.throws(
      () => parseUint("x".repeat(100_000), "slot"),
      ({message}: Error) => message.length < 200,
    );
  });
});

describe("parseEpoch", () => {
  it("knows 2^64−1 by name, and no other number above 2^53−1", () => {
    assert.equal(parseEpoch("18446744073709551615", "exit_epoch"), FAR_FUTURE_EPOCH);
    assert.equal(parseEpoch(FAR_FUTURE_EPOCH, "exit_epoch"), FAR_FUTURE_EPOCH);
    assert.equal(parseEpoch("3", "exit_epoch"), 3);
    for (const value of ["18446744073709551614", "18446744073709551616", 2 ** 64]) {
      assert.throws(() => parseEpoch(value, "exit_epoch"), {name: "InvalidValueError"});
    }
    assert.throws(() => parseSlot("18446744073709551615", "slot"), {name: "InvalidValueError"});
  });
});

describe("hex", () => {
  it("goes to bytes and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
        assert.deepEqual(hexToBytes(bytesToHex(bytes)), bytes);
      }),
    );
  });

  it("writes the part of a buffer that a view shows", () => {
    assert.equal(bytesToHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3)), "0x0203");
  });

  it("comes out in lower case, so that equal keys are equal strings", () => {
    assert.equal(parseRoot(`0x${"aB".repeat(32)}`, "root"), `0x${"ab".repeat(32)}`);
    assert.equal(parsePubkey(`0x${"Cd".repeat(48)}`, "pubkey"), `0x${"cd".repeat(48)}`);
    assert.deepEqual(parseSignature(`0x${"0F".repeat(96)}`, "signature"), new Uint8Array(96).fill(15));
  });

  for (const value of ["", "0x", "ab", "0xa", "0xabc", "0xabcdef", "0xzz00", "0Xabcd", " 0xabc", 0xabcd, null]) {
    it(`refuses ${JSON.stringify(value)} for two bytes`, () => {
      assert.throws(() => parseHex(value, 2, "version"), {
        name: "InvalidValueError",
        message: /^version must be 0x and 4/,
      });
    });
  }

  it("abbreviates long hex only", () => {
    assert.equal(abbreviate(`0x${"12".repeat(32)}`), "0x12121212…");
    assert.equal(abbreviate("0x12121212"), "0x12121212");
  });
});
