import assert from "node:assert/strict";
import {verifySignature} from "@mote/consensus";
import {interopKeys} from "../../src/keys/interop-keys.ts";
import {LocalSigner} from "../../src/signers/local-signer.ts";
import {pubkey, root} from "../gate-fixture.ts";

describe("LocalSigner", () => {
  const secretKeys = interopKeys([0, 1]);
  const signer = new LocalSigner({secretKeys});

  it("signs with the key that is asked for", async () => {
    for (const secretKey of secretKeys) {
      const signature = await signer.sign(secretKey.pubkey, {signingRoot: root(1)});
      for (const {pubkey} of secretKeys) {
        assert.equal(verifySignature(pubkey, root(1), signature), pubkey === secretKey.pubkey);
      }
    }
  });

  it("knows its keys, and rejects for any other", async () => {
    assert.deepEqual(
      signer.pubkeys,
      secretKeys.map(({pubkey}) => pubkey),
    );
    assert.equal(signer.holds(pubkey(9)), false);
    await assert.rejects(signer.sign(pubkey(9), {signingRoot: root(1)}), /no secret key for 0x0909/);
  });
});
