import assert from "node:assert/strict";
import {hexToBytes} from "@mote/core";
import {FakeDutySigner} from "@mote/testing";
import {SignedBook} from "../../src/safety/signed-book.ts";
import {produced} from "../support/blocks.ts";
import {data, duty, fakeTime, pubkey, root, SLOT_MS, SLOTS_PER_EPOCH, signature, slot} from "../support/world.ts";

describe("SignedBook", () => {
  function setUp() {
    const {clock, slotClock} = fakeTime(9);
    const [fake, book] = [new FakeDutySigner({clock}), new SignedBook({slotClock})];
    return {clock, slotClock, fake, book, signer: book.watch(fake)};
  }
  const block = () => produced("full", {slot: slot(9), proposerIndex: 1, randaoReveal: signature(1)});

  it("holds by its signing root what was signed of each kind that others send back, and when its signing began", async () => {
    const {clock, slotClock, book, signer} = setUp();
    const ptc = {slot: 9, beaconBlockRoot: hexToBytes(root(1)), payloadPresent: true, blobDataAvailable: true};
    const seats = {...duty(1, 9), seats: [1]};
    const signings = [
      ["attestation", (await signer.signAttestations(data(9), [duty(1, 9)]))[0]?.outcome],
      ["proposal", await signer.signBlock(pubkey(1), block())],
      [
        "sync_message",
        (await signer.signSyncCommitteeMessages({slot: slot(9), beaconBlockRoot: root(1)}, [seats]))[0]?.outcome,
      ],
      ["payload_attestation", (await signer.signPayloadAttestations(ptc, [duty(1, 9)]))[0]?.outcome],
    ] as const;
    await clock.advance(100);
    const begunMs = slotClock.startMs(slot(9));
    for (const [kind, outcome] of signings) {
      assert.ok(outcome?.kind === "signed");
      assert.deepEqual(book.of(kind, slot(9), duty(1, 9).validatorIndex), {signingRoot: outcome.signingRoot, begunMs});
      assert.equal(book.of(kind, slot(9), duty(2, 9).validatorIndex), null);
      assert.equal(book.of(kind, slot(8), duty(1, 9).validatorIndex), null);
    }
  });

  it("holds nothing that was refused, and hands on every outcome as it was", async () => {
    const {book, fake, signer} = setUp();
    fake.refusals.set(pubkey(1), "DOUBLE_VOTE");
    const [one, other] = await signer.signAttestations(data(9), [duty(1, 9), duty(2, 9)]);
    assert.deepEqual([one?.outcome.kind, other?.outcome.kind], ["refused", "signed"]);
    assert.equal(book.of("attestation", slot(9), duty(1, 9).validatorIndex), null);
    assert.equal((await signer.signBlock(pubkey(1), block())).kind, "refused");
    assert.equal(book.of("proposal", slot(9), duty(1, 9).validatorIndex), null);
  });

  it("signs all else as the signer does", async () => {
    const {fake, signer} = setUp();
    await signer.signSelectionProof(pubkey(1), slot(9));
    await signer.signRandaoReveal(pubkey(1), slot(9));
    assert.deepEqual(
      fake.signed.map(({method}) => method),
      ["signSelectionProof", "signRandaoReveal"],
    );
    const methods = Object.getOwnPropertyNames(FakeDutySigner.prototype).filter((name) => name.startsWith("sign"));
    for (const name of methods.filter((each) => each !== "signedBy")) assert.ok(name in signer, name);
  });

  it("forgets after two epochs", async () => {
    const {book, clock, signer} = setUp();
    await signer.signAttestations(data(9), [duty(1, 9)]);
    await clock.advance((2 * SLOTS_PER_EPOCH + 1) * SLOT_MS);
    await signer.signAttestations(data(26), [duty(1, 26)]);
    assert.equal(book.of("attestation", slot(9), duty(1, 9).validatorIndex), null);
    assert.notEqual(book.of("attestation", slot(26), duty(1, 9).validatorIndex), null);
  });
});
