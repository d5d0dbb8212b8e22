import assert from "node:assert/strict";
import {attestationDataFromSsz, attestationSigningRoot, ssz} from "@mote/consensus";
import {type Root, rootToHex, type SignatureVerifier, type SignedBy, type Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {KnownBlocks} from "../../src/gossip/validators/known-blocks.ts";
import {PeerShares} from "../../src/gossip/validators/peer-shares.ts";
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

describe("PeerShares", () => {
  const PEER = "a peer";

  it("has room for so many roots of a peer, and for any number over each", () => {
    const shares = new PeerShares({rootsMax: 2});
    const enter = (n: number, peer = PEER) => shares.enter(peer, numbered(n));
    assert.deepEqual([enter(1), enter(2), enter(3), enter(1)], [true, true, false, true]);
    assert.ok(enter(3, "another"), "each has its own");
    shares.leave(PEER, numbered(1));
    assert.ok(!enter(3), "one over it still waits");
    shares.leave(PEER, numbered(1));
    assert.ok(enter(3));
  });

  it("forgets a forger when nothing of it waits", () => {
    const shares = new PeerShares({rootsMax: 2});
    for (const n of [1, 2]) shares.enter(PEER, numbered(n));
    shares.foundForged(PEER);
    shares.leave(PEER, numbered(1));
    assert.deepEqual([shares.hasForged(PEER), shares.enter(PEER, numbered(2))], [true, false]);
    shares.leave(PEER, numbered(2));
    shares.foundForged(PEER);
    assert.deepEqual([shares.hasForged(PEER), shares.enter(PEER, numbered(2))], [false, true]);
  });
});

describe("SameMessageBatches", () => {
  /** Answers when it is told to. */
  class SlowVerifier implements SignatureVerifier {
    readonly asked: {
      readonly root: Root;
      readonly count: number;
      readonly verdict: (isGood: boolean) => void;
      readonly fail: () => void;
    }[] = [];

    async verifyAggregate(): Promise<boolean> {
      return false;
    }

    verifySameMessage(signingRoot: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
      const {promise, resolve, reject} = Promise.withResolvers<readonly boolean[]>();
      this.asked.push({
        root: signingRoot,
        count: signed.length,
        verdict: (isGood) => resolve(signed.map(() => isGood)),
        fail: () => reject(new Error("out of order")),
      });
      return promise;
    }
  }
  const signed = {pubkey: new Uint8Array(48), signature: new Uint8Array(96)} as unknown as SignedBy;
  const rootOf = (byte: number): Root => rootToHex(new Uint8Array(32).fill(byte));
  const over = (byte: number, peer = "a peer") => ({peer, signingRoot: rootOf(byte), signed});
  const BATCHES = {windowMs: 50, signaturesMax: 3, underWayMax: 6, peerRootsMax: 2};

  it("hands over what is full at once, and the rest when its time is up", async () => {
    const clock = new FakeClock({nowMs: 0});
    const verifier = new SlowVerifier();
    const batches = new SameMessageBatches(BATCHES, {clock, verifier});
    const verdicts = Array.from({length: 4}, () => batches.verify(over(1)));
    await clock.advance(20);
    verdicts.push(batches.verify(over(2)));
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
    for (const {verdict} of verifier.asked) verdict(true);
    assert.deepEqual(await Promise.all(verdicts), Array(5).fill(true));
  });

  it("keeps what the verifier has no room for, and takes of it what a forger sent", async () => {
    const clock = new FakeClock({nowMs: 0});
    const verifier = new SlowVerifier();
    const batches = new SameMessageBatches({...BATCHES, underWayMax: 3}, {clock, verifier});
    const first = Array.from({length: 3}, () => batches.verify(over(1, "a forger")));
    const withdrawn = Array.from({length: 3}, () => batches.verify(over(2, "a forger")));
    const honest = Array.from({length: 3}, () => batches.verify(over(2)));
    const both = [batches.verify(over(1, "a forger")), batches.verify(over(1)), batches.verify(over(1, "another"))];
    assert.deepEqual(
      verifier.asked.map(({count}) => count),
      [3],
    );
    verifier.asked[0]?.verdict(false);
    assert.deepEqual(await Promise.all([...first, ...withdrawn]), [false, false, false, null, null, null]);
    verifier.asked[1]?.verdict(true);
    await Promise.all(honest);
    verifier.asked[2]?.verdict(true);
    assert.deepEqual(await Promise.all([...honest, ...both]), [true, true, true, null, true, true]);
    assert.deepEqual(
      verifier.asked.map(({count}) => count),
      [3, 3, 2],
    );
  });

  it("rejects for each of a batch when the verifier does, and works on", async () => {
    const clock = new FakeClock({nowMs: 0});
    const verifier = new SlowVerifier();
    const batches = new SameMessageBatches(BATCHES, {clock, verifier});
    const lost = Promise.allSettled([batches.verify(over(1)), batches.verify(over(1))]);
    await clock.advance(50);
    verifier.asked[0]?.fail();
    assert.deepEqual(
      (await lost).map(({status}) => status),
      ["rejected", "rejected"],
    );
    const next = batches.verify(over(1));
    await clock.advance(50);
    verifier.asked[1]?.verdict(true);
    assert.equal(await next, true);
  });
});
