import {createHash, randomBytes} from "node:crypto";
import {mkdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {SecretKey} from "@chainsafe/bls/blst-native";
import {create} from "@chainsafe/bls-keystore";

const CURVE_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
export const PBKDF2_ROUNDS = 2;

/** Keystores of the well-known test keys 0 to `count` - 1, cheap on purpose, with their passwords. */
export async function writeKeystores(dir: string, count: number): Promise<{keystoresDir: string; secretsDir: string}> {
  const keystoresDir = join(dir, "validator_keys");
  const secretsDir = join(dir, "secrets");
  for (const folder of [keystoresDir, secretsDir]) mkdirSync(folder);
  for (let index = 0; index < count; index++) {
    const secret = interopSecret(index);
    const pubkey = SecretKey.fromBytes(secret).toPublicKey().toBytes();
    const password = randomBytes(16).toString("hex");
    const params = {dklen: 32, c: PBKDF2_ROUNDS, prf: "hmac-sha256", salt: randomBytes(32).toString("hex")} as const;
    const path = `m/12381/3600/${index}/0/0`;
    const keystore = await create(password, secret, pubkey, path, null, {function: "pbkdf2", params});
    writeFileSync(join(keystoresDir, `keystore-m_12381_3600_${index}_0_0-0.json`), JSON.stringify(keystore));
    writeFileSync(join(secretsDir, `0x${Buffer.from(pubkey).toString("hex")}`), password);
  }
  return {keystoresDir, secretsDir};
}

function interopSecret(index: number): Uint8Array {
  const seed = Buffer.alloc(32);
  seed.writeUInt32LE(index);
  const digest = createHash("sha256").update(seed).digest().reverse();
  const scalar = BigInt(`0x${digest.toString("hex")}`) % CURVE_ORDER;
  return Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
}
