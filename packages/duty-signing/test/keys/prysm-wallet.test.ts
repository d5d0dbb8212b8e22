import assert from "node:assert/strict";
import {create} from "@chainsafe/bls-keystore";
import {hexToBytes} from "@mote/core";
import {interopKeys} from "../../src/keys/interop-keys.ts";
import type {KeystoreError} from "../../src/keys/keystore-error.ts";
import {openPrysmWallet} from "../../src/keys/prysm-wallet.ts";

const KEYS = interopKeys([1, 2]);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const SECRETS = KEYS.map((key) => base64(key.toBytes()));
const PUBKEYS = KEYS.map(({pubkey}) => base64(hexToBytes(pubkey)));

/** An EIP-2335 keystore of another implementation, quick to open, with this for a message. */
async function walletOf(message: unknown): Promise<string> {
  const bytes = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
  const params = {dklen: 32, c: 2, prf: "hmac-sha256", salt: "ab".repeat(32)} as const;
  return JSON.stringify(await create("pw", bytes, new Uint8Array(48), "", null, {function: "pbkdf2", params}));
}

describe("openPrysmWallet", () => {
  it("gives all keys of the wallet", async () => {
    const text = await walletOf({private_keys: SECRETS, public_keys: PUBKEYS});
    const keys = await openPrysmWallet(text, "wallet", "pw");
    assert.deepEqual(
      keys.map(({pubkey}) => pubkey),
      KEYS.map(({pubkey}) => pubkey),
    );
    await assert.rejects(openPrysmWallet(text, "wallet", "no"), {reason: "WRONG_PASSWORD"});
  });

  it("gives none of a wallet that is not sound, and does not tell what is in it", async () => {
    const cases: [unknown, string][] = [
      ["my swordfish", "INVALID_SECRET"],
      ["[".repeat(50_000), "INVALID_SECRET"],
      [null, "INVALID_SECRET"],
      [{private_keys: SECRETS}, "INVALID_SECRET"],
      [{private_keys: [7], public_keys: [7]}, "INVALID_SECRET"],
      [{private_keys: SECRETS, public_keys: PUBKEYS.slice(1)}, "INVALID_SECRET"],
      [{private_keys: ["AAAA", SECRETS[1]], public_keys: PUBKEYS}, "INVALID_SECRET"],
      [{private_keys: SECRETS, public_keys: PUBKEYS.toReversed()}, "PUBKEY_MISMATCH"],
    ];
    for (const [message, reason] of cases) {
      const text = await walletOf(message);
      await assert.rejects(openPrysmWallet(text, "wallet", "pw"), (error: KeystoreError) => {
        assert.equal(error.reason, reason);
        return !/swordfish/.test(error.message) && SECRETS.every((secret) => !error.message.includes(secret));
      });
    }
  });
});
