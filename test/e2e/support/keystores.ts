import {createCipheriv, createHash, pbkdf2Sync} from "node:crypto";
import {mkdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {interopKeys} from "@mote/devnet";

/** Of all keystores here. */
export const PASSWORD = "Kieselstein 7";
const SALT = Buffer.alloc(32, 1);
const IV = Buffer.alloc(16, 2);
const KEYS = interopKeys(20);

/** What is wrong with a keystore that is written. */
export type KeystoreDefect = "wrong password" | "cut short" | "another's pubkey";

/** A folder of keystores and one of passwords, as the deposit tools leave them; cheap to unlock. */
export class KeystoreFolder {
  readonly flags: readonly string[];
  readonly #keystoresDir: string;
  readonly #secretsDir: string;

  constructor(dir: string) {
    this.#keystoresDir = join(dir, "keystores");
    this.#secretsDir = join(dir, "secrets");
    this.flags = ["--keystores-dir", this.#keystoresDir, "--secrets-dir", this.#secretsDir];
    for (const each of [this.#keystoresDir, this.#secretsDir]) mkdirSync(each, {recursive: true});
  }

  /** Writes the keystore of interop key `index`. @returns its file name */
  add(index: number, defect?: KeystoreDefect): string {
    const key = KEYS[index]!;
    const {pubkey} = defect === "another's pubkey" ? KEYS[index + 1]! : key;
    const text = textOf(key.secretKey.toBytes(), pubkey);
    const file = `keystore-m_12381_3600_${index}_0_0-1700000000.json`;
    writeFileSync(join(this.#keystoresDir, file), defect === "cut short" ? text.slice(0, -40) : text);
    writeFileSync(join(this.#secretsDir, pubkey), defect === "wrong password" ? "Kieselstein 8" : PASSWORD);
    return file;
  }
}

/** The keystore of interop key `index`, as text. @param description free text in it, which makes it as long as one likes */
export function keystoreText(index: number, description?: string): string {
  const {secretKey, pubkey} = KEYS[index]!;
  return JSON.stringify({
    ...keystore(secretKey.toBytes(), pubkey),
    ...(description === undefined ? {} : {description}),
  });
}

const textOf = (secret: Uint8Array, pubkey: string): string => JSON.stringify(keystore(secret, pubkey));

/** https://eips.ethereum.org/EIPS/eip-2335, with pbkdf2 of two rounds. */
function keystore(secret: Uint8Array, pubkey: string): object {
  const derived = pbkdf2Sync(PASSWORD, SALT, 2, 32, "sha256");
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), IV);
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  const checksum = createHash("sha256").update(derived.subarray(16)).update(ciphertext).digest();
  return {
    version: 4,
    uuid: "11111111-2222-4333-8444-555555555555",
    path: "",
    pubkey: pubkey.slice(2),
    crypto: {
      kdf: {
        function: "pbkdf2",
        params: {dklen: 32, c: 2, prf: "hmac-sha256", salt: SALT.toString("hex")},
        message: "",
      },
      checksum: {function: "sha256", params: {}, message: checksum.toString("hex")},
      cipher: {function: "aes-128-ctr", params: {iv: IV.toString("hex")}, message: ciphertext.toString("hex")},
    },
  };
}
