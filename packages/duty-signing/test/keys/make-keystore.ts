import {create} from "@chainsafe/bls-keystore";
import {SecretKey} from "@mote/consensus/secret-key";
import {hexToBytes, type Pubkey} from "@mote/core";

export interface MadeKeystore {
  readonly text: string;
  readonly pubkey: Pubkey;
}

/** The keystore of the secret key with this number, as another implementation writes it; its key derivation is quick on purpose. */
export async function makeKeystore(
  secret: number,
  password: string,
  over: {readonly says?: Pubkey; readonly kdf?: "scrypt" | "pbkdf2"; readonly secretBytes?: Uint8Array} = {},
): Promise<MadeKeystore> {
  const {kdf = "pbkdf2", secretBytes = bytesOf(secret)} = over;
  const {pubkey} = SecretKey.fromBytes(bytesOf(secret));
  const salt = Buffer.alloc(32, secret).toString("hex");
  const kdfModule = {
    pbkdf2: {function: "pbkdf2", params: {dklen: 32, c: 2, prf: "hmac-sha256", salt}},
    scrypt: {function: "scrypt", params: {dklen: 32, n: 16, r: 8, p: 1, salt}},
  } as const;
  const keystore = await create(
    password,
    secretBytes,
    hexToBytes(over.says ?? pubkey),
    "m/12381/3600/0/0/0",
    null,
    kdfModule[kdf],
  );
  return {text: JSON.stringify(keystore), pubkey};
}

function bytesOf(secret: number): Uint8Array {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(secret, 28);
  return bytes;
}
