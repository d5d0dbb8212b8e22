import assert from "node:assert/strict";
import {attestationDataFromSsz, attestationSigningRoot, ssz} from "@mote/consensus";
import {type Root, rootToHex, type SignatureVerifier, type SignedBy, type Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {KnownBlocks} from "../../src/gossip/validators/known-blocks.ts";
import {SameMessageBatches} from "../../src/gossip/validators/same-message-batches.ts";
import {SeenRoots} from "../../src/gossip/validators/seen-roots.ts";
import {VoteDataBook} from "../../src/gossip/validators/vote-data-book.ts";
import {lightConfig, root} from "./light-world.ts";

const numbered = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;

describe("SeenRoots", () => {
  it("keeps the latest periods, in whatever order they come", () => {
    const seen = new SeenRoots({periodsMax: 2});
    for (const period of [7, 5, 6]) seen.add(period, 1, root("01"));
    assert.deepEqual(
      [5, 6, 7].map((period) => seen.rootsOf(period, 1).length),
      [0, 1, 1],
    );
    seen.add(4, 1, root("01"));
    assert.deepEqual(
      [4, 6, 7].map((period) => seen.rootsOf(period, 1).length),
      [0, 1, 1],
    );
  });

  it("keeps roots apart by who signed them, in their order", () => {
    const seen = new SeenRoots({periodsMax: 2});
    seen.add(7, 1, root("01"));
    seen.add(7, 1, root("02"));
    seen.add(7, 2, root("03"));
    assert.deepEqual([seen.rootsOf(7, 1), seen.rootsOf(7, 2)], [[root("01"), root("02")], [root("03")]]);
  });
});

describe("KnownBlocks", () => {
  it("keeps the last ones", () => {
    const blocks = new KnownBlocks({blocksMax: 2});
    for (const n of [1, 2, 3]) blocks.add(numbered(n), {slot: n as Slot, isProven: n === 3});
    assert.deepEqual(
      [1, 2, 3].map((n) => blocks.slotOf(numbered(n))),
      [null, 2, 3],
    );
    assert.deepEqual(
      [1, 2, 3].map((n) => blocks.isProven(numbered(n))),
      [false, false, true],
    );
  });
});

describe("VoteDataBook", () => {
  const config = lightConfig();
  const data = (slot: number) => ({...ssz.phase0.AttestationData.defaultValue(), slot});

  it("gives each data its own signing root, and the same object again", () => {
    const book = new VoteDataBook({config});
    for (const slot of [8, 40]) {
      const entry = book.of(data(slot));
      assert.equal(entry?.signingRoot, attestationSigningRoot(config, attestationDataFromSsz(data(slot))));
      assert.equal(book.of(data(slot)), entry);
    }
  });

  it("forgets the oldest", () => {
    const book = new VoteDataBook({config});
    const [first, second] = [book.of(data(0)), book.of(data(1))];
    for (let slot = 2; slot <= 256; slot++) book.of(data(slot));
    assert.equal(book.of(data(1)), second);
    assert.notEqual(book.of(data(0)), first);
  });
});

describe("SameMessageBatches", () => {
  /** Answers when it is told to. */
  class SlowVerifier implements SignatureVerifier {
    readonly asked: {readonly root: Root; readonly count: number; readonly answer: (isGood: boolean) => void}[] = [];

    async verifyAggregate(): Promise<boolean> {
      return false;
    }

    verifySameMessage(signingRoot: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
      const {promise, resolve, reject} = Promise.withResolvers<readonly boolean[]>();
      const answer = (isGood: boolean) =>
        isGood ? resolve(signed.map(() => true)) : reject(new Error("out of order"));
      this.asked.push({root: signingRoot, count: signed.length, answer});
      return promise;
    }
  }
  const signed = {pubkey: new Uint8Array(48), signature: new Uint8Array(96)} as unknown as SignedBy;
  const rootOf = (byte: number): Root => rootToHex(new Uint8Array(32).fill(byte));

  it("hands over what is full at once, and the rest when its time is up", async () => {
    const clock = new FakeClock({nowMs: 0});
    const verifier = new SlowVerifier();
    const batches = new SameMessageBatches({windowMs: 50, signaturesMax: 3}, {clock, verifier});
    const verdicts = Array.from({length: 4}, () => batches.verify(rootOf(1), signed));
    await clock.advance(20);
    verdicts.push(batches.verify(rootOf(2), signed));
    assert.deepEqual(
      verifier.asked.map(({count}) => count),
      [3],
    );
    await clock.advance(30);
    assert.deepEqual(
      verifier.asked.map(({root: of, count}) => [of, count]),
      [
        [rootOf(1), 3],
        [rootOf(1), 1],
      ],
    );
    await clock.advance(20);
    assert.equal(verifier.asked.length, 3);
    for (const {answer} of verifier.asked) answer(true);
    assert.deepEqual(await Promise.all(verdicts), Array(5).fill(true));
  });

  it("rejects for each of a batch when the verifier does, and works on", async () => {
    const clock = new FakeClock({nowMs: 0});
    const verifier = new SlowVerifier();
    const batches = new SameMessageBatches({windowMs: 50, signaturesMax: 3}, {clock, verifier});
    const lost = Promise.allSettled([batches.verify(rootOf(1), signed), batches.verify(rootOf(1), signed)]);
    await clock.advance(50);
    verifier.asked[0]?.answer(false);
    assert.deepEqual(
      (await lost).map(({status}) => status),
      ["rejected", "rejected"],
    );
    const next = batches.verify(rootOf(1), signed);
    await clock.advance(50);
    verifier.asked[1]?.answer(true);
    assert.equal(await next, true);
  });
});
