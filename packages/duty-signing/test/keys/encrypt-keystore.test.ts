import assert from "node:assert/strict";
import {Keystore} from "@chainsafe/bls-keystore";
import {SecretKey} from "@mote/consensus/secret-key";
import {type EncryptKeystoreInit, encryptKeystore} from "../../src/keys/encrypt-keystore.ts";
import {decryptKeystore} from "../../src/keys/keystore.ts";
import {parseKeystore} from "../../src/keys/keystore-format.ts";
import {EIP_2335_PASSWORD, EIP_2335_PBKDF2, EIP_2335_PUBKEY, EIP_2335_SCRYPT} from "./eip-2335-vectors.ts";
import {FixedRandomBytes, SeededRandomBytes} from "./fixed-random-bytes.ts";

const SECRET = Buffer.from("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "hex");
const INIT: EncryptKeystoreInit = {
  secretKey: SecretKey.fromBytes(SECRET),
  password: EIP_2335_PASSWORD,
  derivationPath: "m/12381/60/0/0",
  kdf: "pbkdf2",
  createdAtSec: 1_700_000_000,
};

describe("encryptKeystore", () => {
  for (const [kdf, vector] of [
    ["scrypt", EIP_2335_SCRYPT],
    ["pbkdf2", EIP_2335_PBKDF2],
  ] as const) {
    it(`writes the ${kdf} test vector of EIP-2335`, async () => {
      const expected = JSON.parse(vector);
      const {salt} = expected.crypto.kdf.params;
      const {iv} = expected.crypto.cipher.params;
      const random = new FixedRandomBytes({pieces: [salt, iv, expected.uuid.replaceAll("-", "")]});
      const {text} = await encryptKeystore({...INIT, kdf, description: expected.description}, {random});
      assert.deepEqual(JSON.parse(text), expected);
    });
  }

  it("writes what this and another implementation open, whatever the password", async () => {
    for (const password of ["pässwörd 🔑 測試", "", "with\u0007bell"]) {
      const random = new SeededRandomBytes({seed: password});
      const secretKey = SecretKey.fromBytes(Buffer.from(random.bytes(32)).fill(0, 0, 1));
      const {text} = await encryptKeystore({...INIT, secretKey, password}, {random});
      assert.equal((await decryptKeystore(parseKeystore(text, "k"), password)).pubkey, secretKey.pubkey);
      await assert.rejects(decryptKeystore(parseKeystore(text, "k"), "another"), {reason: "WRONG_PASSWORD"});
      const theirs = await Keystore.parse(text).decrypt(password);
      assert.deepEqual(Buffer.from(theirs), Buffer.from(secretKey.toBytes()));
    }
  });

  it("names files as every tool does, without the secret or the password in them", async () => {
    const random = new SeededRandomBytes({seed: "names"});
    const {text, fileName} = await encryptKeystore({...INIT, derivationPath: "m/12381/3600/7/0/0"}, {random});
    assert.equal(fileName, "keystore-m_12381_3600_7_0_0-1700000000.json");
    assert(!text.includes(SECRET.toString("hex")) && !text.includes(EIP_2335_PASSWORD));
    const {derivationPath, pubkey} = parseKeystore(text, "k");
    assert.deepEqual([derivationPath, pubkey], ["m/12381/3600/7/0/0", EIP_2335_PUBKEY]);

    const nameless = await encryptKeystore({...INIT, derivationPath: null}, {random});
    assert.equal(nameless.fileName, `keystore-${EIP_2335_PUBKEY}-1700000000.json`);
    assert.equal(JSON.parse(nameless.text).path, "");
    assert.equal(parseKeystore(nameless.text, "k").derivationPath, null);
    assert.equal("description" in JSON.parse(nameless.text), false);
    assert.match(
      JSON.parse(nameless.text).uuid,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("leaves the key usable", async () => {
    const before = INIT.secretKey.toBytes();
    await encryptKeystore(INIT, {random: new SeededRandomBytes({seed: "again"})});
    assert.deepEqual(INIT.secretKey.toBytes(), before);
  });
});
