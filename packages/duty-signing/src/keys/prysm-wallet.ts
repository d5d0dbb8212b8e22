import {SecretKey} from "@mote/consensus/secret-key";
import {decryptMessage} from "./keystore.ts";
import {KeystoreError} from "./keystore-error.ts";
import {parseKeystoreCrypto} from "./keystore-format.ts";

/** Some 400 bytes a key. */
export const PRYSM_WALLET_SIZE_BYTES_MAX = 8 * 2 ** 20;

/**
 * The keys of Prysm's `all-accounts.keystore.json`: an EIP-2335 keystore whose message is JSON, `{"private_keys": […], "public_keys": […]}` in base64.
 * @param file names it in errors
 * @throws {KeystoreError} as for a keystore; INVALID_SECRET or PUBKEY_MISMATCH when what it holds are no keys
 */
export async function openPrysmWallet(text: string, file: string, password: string): Promise<readonly SecretKey[]> {
  const message = await decryptMessage(parseKeystoreCrypto(text, file, PRYSM_WALLET_SIZE_BYTES_MAX / 2), password);
  try {
    const {private_keys: secrets, public_keys: pubkeys} = accountsOf(message, file);
    return secrets.map((secret, at) => {
      const key = keyOf(secret, file);
      if (`0x${Buffer.from(pubkeys[at] ?? "", "base64").toString("hex")}` === key.pubkey) return key;
      throw new KeystoreError("PUBKEY_MISMATCH", file, `its public key number ${at + 1} is not that of its secret`);
    });
  } finally {
    message.fill(0);
  }
}

interface Accounts {
  readonly private_keys: readonly string[];
  readonly public_keys: readonly string[];
}

function accountsOf(message: Buffer, file: string): Accounts {
  const refused = new KeystoreError("INVALID_SECRET", file, "what it holds is no list of accounts");
  let value: unknown;
  try {
    value = JSON.parse(message.toString("utf8"));
  } catch {
    throw refused;
  }
  const {private_keys, public_keys} = (typeof value === "object" && value !== null ? value : {}) as Partial<Accounts>;
  const isList = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((item) => typeof item === "string");
  if (!isList(private_keys) || !isList(public_keys) || private_keys.length !== public_keys.length) throw refused;
  return {private_keys, public_keys};
}

function keyOf(secret: string, file: string): SecretKey {
  const bytes = Buffer.from(secret, "base64");
  try {
    return SecretKey.fromBytes(bytes);
  } catch {
    throw new KeystoreError("INVALID_SECRET", file, "what it holds are no BLS secret keys");
  } finally {
    bytes.fill(0);
  }
}
