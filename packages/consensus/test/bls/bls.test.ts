import assert from "node:assert/strict";
import {bytesToHex, type Pubkey, type Root, type Signature} from "@mote/core";
import {blsImplementation, isPublicKey, verifySignature} from "../../src/bls/bls.ts";
import {SecretKey} from "../../src/secret-key.ts";

const INTEROP_PUBKEY_0 =
  "0xa99a76ed7796f7be22d5b7e85deeb7c5677e88e511e0b337618f8c4eb61349b4bf2d153f649f7b53359fe8b94a38e44c" as Pubkey;
const root = (digits: string): Root => `0x${digits.repeat(32)}` as Root;

/** consensus-spec-tests, general/phase0/bls: sign_case_11b8c7cad5238946 and sign_case_84d45c9c7cca6b92 */
const SIGN_VECTORS = [
  {
    secretKey: "47b8192d77bf871b62e87859d653922725724a5c031afeabc60bcef5ff665138",
    signingRoot: root("00"),
    signature:
      "0xb23c46be3a001c63ca711f87a005c200cc550b9429d5f4eb38d74322144f1b63926da3388979e5321012fb1a0526bcd100b5ef5fe72628ce4cd5e904aeaa3279527843fae5ca9ca675f4f51ed8f83bbf7155da9ecc9663100a885d5dc6df96d9",
  },
  {
    secretKey: "328388aff0d4a5b7dc9205abd374e7e98f3cd9f3418edb4eafda5fb16473d216",
    signingRoot: root("ab"),
    signature:
      "0xae82747ddeefe4fd64cf9cedb9b04ae3e8a43420cd255e3c7cd06a8d88b7c7f8638543719981c5d16fa3527c468c25f0026704a6951bde891360c7e8d12ddee0559004ccdbe6046b55bae1b257ee97f7cdb955773d7cf29adf3ccbb9975e4eb9",
  },
];

describe("BLS", () => {
  it("runs on the native code", () => {
    assert.equal(blsImplementation(), "blst-native");
  });

  it("derives interop key 0 as everyone does", () => {
    assert.equal(SecretKey.interop(0).pubkey, INTEROP_PUBKEY_0);
    assert.notEqual(SecretKey.interop(1).pubkey, INTEROP_PUBKEY_0);
  });

  for (const {secretKey, signingRoot, signature} of SIGN_VECTORS) {
    it(`signs ${signingRoot.slice(0, 6)}… as the official test does`, () => {
      const key = SecretKey.fromBytes(Buffer.from(secretKey, "hex"));
      assert.equal(bytesToHex(key.sign(signingRoot)), signature);
      assert.equal(verifySignature(key.pubkey, signingRoot, key.sign(signingRoot)), true);
    });
  }

  it("refuses a signature of another root, of another key, and any damaged one", () => {
    const key = SecretKey.interop(0);
    const signature = key.sign(root("01"));
    assert.equal(verifySignature(key.pubkey, root("01"), signature), true);
    assert.equal(verifySignature(key.pubkey, root("02"), signature), false);
    assert.equal(verifySignature(SecretKey.interop(1).pubkey, root("01"), signature), false);
    for (const at of [0, 1, 47, 48, 95]) {
      const damaged = Uint8Array.from(signature) as Signature;
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      assert.equal(verifySignature(key.pubkey, root("01"), damaged), false, `byte ${at}`);
    }
    assert.equal(verifySignature(key.pubkey, root("01"), signature.subarray(0, 95) as Signature), false);
  });

  it("refuses the point at infinity as a public key", () => {
    const infinityPubkey = `0xc0${"00".repeat(47)}` as Pubkey;
    const infinitySignature = Uint8Array.from([0xc0, ...new Uint8Array(95)]) as Signature;
    assert.equal(verifySignature(infinityPubkey, root("01"), infinitySignature), false);
  });

  it("takes no secret key of zero, nor one that is not below the curve's order", () => {
    const order = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
    assert.throws(() => SecretKey.fromBytes(new Uint8Array(32)));
    assert.throws(() => SecretKey.fromBytes(Buffer.from(order, "hex")));
    assert.throws(() => SecretKey.fromBytes(new Uint8Array(31).fill(1)));
  });

  it("never prints the secret", () => {
    const key = SecretKey.interop(0);
    const secret = "25295f0d1d592a90b333e26e85149708208e9f8e8bc18f6c77bd62f8ad7a6866";
    for (const text of [JSON.stringify({key}), String(key), `${Object.values(key)}`]) {
      assert(!text.toLowerCase().includes(secret.slice(0, 16)), text);
    }
    assert.equal(JSON.stringify(key), `"SecretKey(${INTEROP_PUBKEY_0})"`);
    assert.equal(
      SecretKey.fromBytes(Buffer.from(secret, "hex")).pubkey,
      INTEROP_PUBKEY_0,
      "the secret looked for is key 0's",
    );
  });

  it("knows public keys from other bytes", () => {
    const {pubkey} = SecretKey.interop(0);
    assert.equal(isPublicKey(pubkey), true);
    const infinity = `0x${"c0".padEnd(96, "0")}` as Pubkey;
    const notOnCurve = `${pubkey.slice(0, -2)}${pubkey.endsWith("00") ? "01" : "00"}` as Pubkey;
    for (const other of [infinity, notOnCurve, `0x${"00".repeat(48)}` as Pubkey, `0x${"ab".repeat(48)}` as Pubkey]) {
      assert.equal(isPublicKey(other), false, other);
    }
  });
});
