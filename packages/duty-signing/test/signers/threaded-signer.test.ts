import assert from "node:assert/strict";
import {verifySignature} from "@mote/consensus";
import type {Root} from "@mote/core";
import {interopKeys} from "../../src/keys/interop-keys.ts";
import {LocalSigner} from "../../src/signers/local-signer.ts";
import {isWorthThread, ThreadedSigner} from "../../src/signers/threaded-signer.ts";

const secretKeys = interopKeys([0, 1, 2, 3, 4]);
const root = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;

describe("ThreadedSigner", () => {
  let signer: ThreadedSigner;
  beforeEach(() => {
    signer = new ThreadedSigner({secretKeys});
  });
  afterEach(() => signer.close());

  const requests = Array.from({length: 60}, (_, n) => ({pubkey: secretKeys[n % 5]!.pubkey, signingRoot: root(n)}));
  const signAll = () => requests.map(({pubkey, signingRoot}) => signer.sign(pubkey, {signingRoot}));

  async function assertSigned(signatures: readonly Promise<Uint8Array>[]): Promise<void> {
    const local = new LocalSigner({secretKeys});
    for (const [n, {pubkey, signingRoot}] of requests.entries()) {
      assert.deepEqual(await signatures[n], await local.sign(pubkey, {signingRoot}));
    }
  }

  it("gives each request its own signature, whichever thread made it", async () => {
    const signatures = signAll();
    await assertSigned(signatures);
    assert.ok(verifySignature(requests[7]!.pubkey, root(7), (await signatures[7])!));
  });

  it("uses both threads", async () => {
    const here: number[] = [];
    const there: number[] = [];
    let turn = 0;
    // What this thread signs is there in the same turn of the event loop.
    const signatures = signAll().map((signature, n) => signature.then(() => (turn === 0 ? here : there).push(n)));
    setImmediate(() => turn++);
    await Promise.all(signatures);
    assert.ok(here.length >= 30 && there.length >= 8, `${here.length} here, ${there.length} there`);
  });

  it("signs everything here when the other thread is lost, what was under way included", async () => {
    const signatures = signAll();
    await signer.close();
    await assertSigned(signatures);
    await assertSigned(signAll());
  });

  it("rejects for a key that it does not hold", async () => {
    const stranger = interopKeys([9])[0]!.pubkey;
    assert.equal(signer.holds(stranger), false);
    for (let n = 0; n < 2; n++) await assert.rejects(signer.sign(stranger, {signingRoot: root(1)}), /no secret key/);
  });
});

describe("a second thread", () => {
  it("is taken when there are many votes at once, and a core for it", () => {
    for (const [signaturesAtOnce, cores, isWorth] of [
      [8, 4, false],
      [64, 1, false],
      [64, 2, true],
    ] as const) {
      assert.equal(isWorthThread({signaturesAtOnce, cores}), isWorth, `${signaturesAtOnce} at once, ${cores} cores`);
    }
  });
});
