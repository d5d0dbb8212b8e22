import assert from "node:assert/strict";
import type {SecretKey} from "@mote/consensus/secret-key";
import fc from "fast-check";
import {decryptKeystore} from "../../src/keys/keystore.ts";
import {KEYSTORE_FAILURES, KeystoreError} from "../../src/keys/keystore-error.ts";
import {kdfMemoryBytes, parseKeystore} from "../../src/keys/keystore-format.ts";
import {EIP_2335_PASSWORD, EIP_2335_PBKDF2, EIP_2335_PUBKEY, EIP_2335_SCRYPT} from "./eip-2335-vectors.ts";
import {makeKeystore} from "./make-keystore.ts";

const unlock = async (text: string, password: string): Promise<SecretKey> =>
  decryptKeystore(parseKeystore(text, "k.json"), password);

/** The keystore with the member at `path` replaced, or taken out when `value` is undefined. */
function altered(text: string, path: string, value: unknown): string {
  const keystore = JSON.parse(text);
  const names = path.split(".");
  const last = names.pop() ?? "";
  let members = keystore;
  for (const name of names) members = members[name];
  members[last] = value;
  return JSON.stringify(keystore);
}

describe("decryptKeystore", () => {
  for (const [name, text] of [
    ["scrypt", EIP_2335_SCRYPT],
    ["pbkdf2", EIP_2335_PBKDF2],
  ] as const) {
    it(`opens the ${name} test vector of EIP-2335`, async () => {
      assert.equal((await unlock(text, EIP_2335_PASSWORD)).pubkey, EIP_2335_PUBKEY);
    });
  }

  it("takes the password in any Unicode form, and without its control codes", async () => {
    for (const password of ["testpassword🔑", `${EIP_2335_PASSWORD}\n`, `\u0000test\u007fpass\u0085word🔑\r\n`]) {
      assert.equal((await unlock(EIP_2335_PBKDF2, password)).pubkey, EIP_2335_PUBKEY);
    }
    await assert.rejects(unlock(EIP_2335_PBKDF2, "testpassword"), {reason: "WRONG_PASSWORD"});
  });

  for (const kdf of ["scrypt", "pbkdf2"] as const) {
    it(`opens what another implementation wrote with ${kdf}`, async () => {
      const {text, pubkey} = await makeKeystore(7, "pässwörd", {kdf});
      assert.equal((await unlock(text, "pässwörd")).pubkey, pubkey);
      await assert.rejects(unlock(text, "password"), {name: "KeystoreError", reason: "WRONG_PASSWORD", file: "k.json"});
    });
  }

  it("refuses a keystore whose public key is not its secret's, naming both", async () => {
    const [other, own] = [await makeKeystore(2, "pw"), await makeKeystore(1, "pw")];
    const {text} = await makeKeystore(1, "pw", {says: other.pubkey});
    await assert.rejects(unlock(text, "pw"), ({reason, message}: KeystoreError) => {
      return reason === "PUBKEY_MISMATCH" && message.includes(own.pubkey) && message.includes(other.pubkey);
    });
  });

  it("refuses a secret that is no key", async () => {
    for (const secretBytes of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const {text} = await makeKeystore(1, "pw", {secretBytes});
      await assert.rejects(unlock(text, "pw"), {reason: "INVALID_SECRET"});
    }
  });
});

describe("parseKeystore", () => {
  const parses = (text: string) => parseKeystore(text, "k.json");

  it("takes a public key with 0x, in capitals, or none at all", () => {
    for (const pubkey of [EIP_2335_PUBKEY, EIP_2335_PUBKEY.slice(2).toUpperCase()]) {
      assert.equal(parses(altered(EIP_2335_PBKDF2, "pubkey", pubkey)).pubkey, EIP_2335_PUBKEY);
    }
    for (const pubkey of ["", undefined]) {
      assert.equal(parses(altered(EIP_2335_PBKDF2, "pubkey", pubkey)).pubkey, null);
    }
  });

  it("knows the memory that its key takes", () => {
    assert.equal(kdfMemoryBytes(parses(EIP_2335_PBKDF2).kdf), 0);
    assert.equal(kdfMemoryBytes(parses(EIP_2335_SCRYPT).kdf), 256 * 2 ** 20 + 1024);
  });

  const faults: [string, string, unknown, string][] = [
    [EIP_2335_PBKDF2, "version", 3, "UNSUPPORTED"],
    [EIP_2335_PBKDF2, "version", undefined, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto", null, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf", [], "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.function", "argon2", "UNSUPPORTED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.prf", "hmac-sha512", "UNSUPPORTED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.dklen", 16, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.c", 0, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.c", 1.5, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.c", "2", "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.c", 2 ** 24 + 1, "KDF_TOO_EXPENSIVE"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.salt", "abc", "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.kdf.params.salt", "00".repeat(1025), "MALFORMED"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.n", 262143, "MALFORMED"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.n", 1, "MALFORMED"],
    [EIP_2335_SCRYPT, "crypto.kdf.params", {n: 2 ** 16, r: 1, p: 1, dklen: 32, salt: "00"}, "MALFORMED"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.r", -8, "MALFORMED"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.n", 2 ** 21, "KDF_TOO_EXPENSIVE"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.r", 64, "KDF_TOO_EXPENSIVE"],
    [EIP_2335_SCRYPT, "crypto.kdf.params.p", 2 ** 20, "KDF_TOO_EXPENSIVE"],
    [EIP_2335_PBKDF2, "crypto.checksum.function", "sha512", "UNSUPPORTED"],
    [EIP_2335_PBKDF2, "crypto.checksum.message", "00", "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.cipher.function", "xor", "UNSUPPORTED"],
    [EIP_2335_PBKDF2, "crypto.cipher.params", {}, "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.cipher.params.iv", "zz".repeat(16), "MALFORMED"],
    [EIP_2335_PBKDF2, "crypto.cipher.message", "00".repeat(31), "MALFORMED"],
    [EIP_2335_PBKDF2, "pubkey", "1234", "MALFORMED"],
    [EIP_2335_PBKDF2, "pubkey", 7, "MALFORMED"],
  ];
  for (const [text, path, value, reason] of faults) {
    it(`says ${reason} for ${path} = ${JSON.stringify(value)?.slice(0, 20)}`, () => {
      const name = path.split(".").at(-1) ?? "";
      assert.throws(
        () => parses(altered(text, path, value)),
        (error: KeystoreError) =>
          error.reason === reason &&
          (error.message.includes(name) || reason === "KDF_TOO_EXPENSIVE" || name === "version"),
      );
    });
  }

  it("says NOT_JSON for what is none, and does not quote it", () => {
    for (const text of ["", "my secret phrase", EIP_2335_PBKDF2.slice(0, -1)]) {
      assert.throws(
        () => parses(text),
        ({reason, message}: KeystoreError) => reason === "NOT_JSON" && !message.includes("phrase"),
      );
    }
    for (const text of ["null", "7", "[]", '"x"']) assert.throws(() => parses(text), {reason: "MALFORMED"});
  });
});

describe("a damaged keystore", () => {
  /** Nothing but a KeystoreError, or the very key that the keystore says it has. */
  async function opensOrSaysWhy(text: string): Promise<void> {
    try {
      const keystore = parseKeystore(text, "k.json");
      // Damage may make the derivation slow, which is allowed within the bounds; here it would only take time.
      if (kdfMemoryBytes(keystore.kdf) > 2 ** 20 || (keystore.kdf.function === "pbkdf2" && keystore.kdf.c > 9999))
        return;
      const {pubkey} = await decryptKeystore(keystore, "pw");
      assert(keystore.pubkey === null || keystore.pubkey === pubkey);
    } catch (error) {
      assert(error instanceof KeystoreError, `${error}`);
      assert(KEYSTORE_FAILURES.includes(error.reason));
    }
  }

  it("fails as a KeystoreError wherever its text is damaged", async () => {
    const {text} = await makeKeystore(9, "pw");
    const damage = fc.record({at: fc.nat(text.length), cut: fc.nat(4), insert: fc.string({maxLength: 4})});
    await fc.assert(
      fc.asyncProperty(fc.array(damage, {minLength: 1, maxLength: 3}), async (damages) => {
        let damaged = text;
        for (const {at, cut, insert} of damages) damaged = damaged.slice(0, at) + insert + damaged.slice(at + cut);
        await opensOrSaysWhy(damaged);
      }),
      {numRuns: 500},
    );
  });

  it("fails as a KeystoreError whatever stands in its members", async () => {
    const {text} = await makeKeystore(9, "pw", {kdf: "scrypt"});
    const paths = [
      ..."version pubkey crypto crypto.kdf crypto.checksum crypto.cipher".split(" "),
      ..."function params params.dklen params.n params.r params.p params.salt"
        .split(" ")
        .map((name) => `crypto.kdf.${name}`),
      ..."checksum.function checksum.message cipher.function cipher.message cipher.params.iv"
        .split(" ")
        .map((name) => `crypto.${name}`),
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(fc.jsonValue(), fc.integer({min: 1})), (path, value) =>
        opensOrSaysWhy(altered(text, path, value)),
      ),
      {numRuns: 500},
    );
  });
});
