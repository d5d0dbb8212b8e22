import assert from "node:assert/strict";
import {MAX_VALIDATORS_PER_COMMITTEE} from "@lodestar/params";
import type {electra} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import type {Root, Signature, SignatureVerifier, ValidatorIndex} from "@mote/core";
import {LightWorld, SLOTS} from "./light-world.ts";

const slot = SLOTS.fulu;
const OURS = 3;
/** 0.08 ms of the other thread each. */
const BURST_KEYS_MAX = 2 * MAX_VALIDATORS_PER_COMMITTEE;
const KEYS_PER_SECOND_MAX = 700;
const UNKNOWN_FROM = 100_000;

const TRUE_SIGNATURE = 1;

/** Counts the keys that it is asked to read. */
class CountingVerifier implements SignatureVerifier {
  keys = 0;
  orders = 0;
  /** Orders wait for {@link release}. */
  holds = false;
  #held: (() => void)[] = [];

  async verifyAggregate(pubkeys: readonly Uint8Array[], _root: Root, signature: Signature): Promise<boolean> {
    this.keys += pubkeys.length;
    this.orders++;
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    return signature[0] === TRUE_SIGNATURE;
  }

  verifySameMessage(): never {
    throw new Error("slashings are aggregates");
  }

  release(): void {
    this.holds = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

interface Proof {
  readonly signers?: number;
  readonly second?: readonly number[];
  readonly isTrue?: boolean;
}

describe("what attester slashings cost the thread that verifies", () => {
  let verifier: CountingVerifier;
  let world: LightWorld;
  let looks: number;

  beforeEach(() => {
    verifier = new CountingVerifier();
    world = new LightWorld({slot, verifier});
    looks = 0;
    const key = new Uint8Array(48);
    world.view.pubkeyOf = (index) => (index < UNKNOWN_FROM ? key : null);
    world.view.isOurs = (index) => {
      looks++;
      return index === OURS;
    };
  });

  const firstIndices = (count: number): number[] => Array.from({length: count}, (_, index) => index);
  let heads = 0;
  /** Two votes for one target; never the same twice. */
  function proof({signers = 8, second = firstIndices(signers), isTrue = false}: Proof): electra.AttesterSlashing {
    const vote = (attestingIndices: readonly number[]) => {
      const data = ssz.phase0.AttestationDataBigint.defaultValue();
      data.slot = BigInt(slot);
      new DataView(data.beaconBlockRoot.buffer, data.beaconBlockRoot.byteOffset).setUint32(0, ++heads);
      return {
        attestingIndices: [...attestingIndices],
        data,
        signature: new Uint8Array(96).fill(isTrue ? TRUE_SIGNATURE : 0),
      };
    };
    return {attestation1: vote(firstIndices(signers)), attestation2: vote(second)};
  }
  const receive = (of: Proof, peer = "a peer") => world.receive("attester_slashing", proof(of), {slot, peer});
  const send = (of: Proof, peer: string) => world.send("attester_slashing", proof(of), {slot, peer});
  const count = (words: string) => world.counts("attester_slashing").get(words) ?? 0;
  const told = () => world.events.flatMap((event) => (event.kind === "slashing" ? event.validatorIndices : []));

  const FREE: readonly (readonly [what: string, of: Proof, verdict: string])[] = [
    ["a key of the second is not known", {second: [OURS, UNKNOWN_FROM]}, "ignore unknown_key"],
    ["nobody of ours signed both", {second: [OURS + 1, OURS + 2]}, "ignore not_ours"],
    [
      "the first has more signers than a committee",
      {signers: MAX_VALIDATORS_PER_COMMITTEE + 1, second: [OURS]},
      "ignore too_many_signers",
    ],
    ["the second has more", {second: firstIndices(MAX_VALIDATORS_PER_COMMITTEE + 1)}, "ignore too_many_signers"],
    ["its indices are not in order", {second: [OURS, OURS - 1]}, "reject wrong_indices"],
  ];
  for (const [what, of, verdict] of FREE) {
    it(`is nothing where ${what}: ${verdict}`, async () => {
      assert.equal(await receive(of), verdict);
      assert.equal(verifier.orders, 0);
      if (verdict.endsWith("too_many_signers")) assert.equal(looks, 0, "nor does this thread look at each of them");
    });
  }

  it("is nothing once all of ours in it are told", async () => {
    assert.equal(await receive({isTrue: true}), "ignore unknown_status");
    const {orders} = verifier;
    assert.equal(await receive({isTrue: true}, "another"), "ignore seen");
    assert.equal(verifier.orders, orders);
    assert.deepEqual(told(), firstIndices(8));
  });

  it("is that of the first signature where that one is bad, and the peer pays", async () => {
    assert.equal(await receive({}), "reject bad_signature");
    assert.equal(verifier.orders, 1);
  });

  it("takes the largest proof that a committee can make at once", async () => {
    const signers = MAX_VALIDATORS_PER_COMMITTEE;
    assert.equal(await receive({signers, isTrue: true}), "ignore unknown_status");
    assert.equal(verifier.keys, BURST_KEYS_MAX);
  });

  it("is bounded for a peer: its second waits for no turn while the first has one", async () => {
    verifier.holds = true;
    const sent = Array.from({length: 50}, () => send({}, "a flooder"));
    await world.clock.advance(0);
    assert.equal(verifier.orders, 1);
    assert.equal(count("ignore too_many_unproven"), 49);
    verifier.release();
    await Promise.all(sent);
    assert.equal(count("reject bad_signature"), 1);
    assert.equal(await receive({}, "a flooder"), "reject bad_signature", "the next one has a turn again");
  });

  for (const signers of [4, 500, MAX_VALIDATORS_PER_COMMITTEE]) {
    it(`is bounded for all peers together, however many send forged ones of ${signers} signers`, async () => {
      const sent: Promise<unknown>[] = [];
      const seconds = 20;
      for (let second = 0; second < seconds; second++) {
        for (let peer = 0; peer < 30; peer++) sent.push(send({signers}, `${second} ${peer}`));
        await world.clock.advance(1_000);
      }
      const {keys} = verifier;
      assert.ok(keys > 0);
      assert.ok(keys <= BURST_KEYS_MAX + seconds * KEYS_PER_SECOND_MAX, `${keys}`);
      await world.clock.advance(10_000);
      await Promise.all(sent);
      assert.equal(count("reject bad_signature") + count("ignore too_many_unproven"), sent.length);
    });
  }

  it("leaves a true proof its turn behind a few forged ones", async () => {
    const sent = [0, 1].map((peer) => send({signers: 1_500}, `forger ${peer}`));
    await world.clock.advance(0);
    // As many others pass it on as are connected.
    for (const peer of ["an honest peer", "another"]) sent.push(send({signers: 480, isTrue: true}, peer));
    await world.clock.advance(0);
    assert.deepEqual(told(), [], "it waits");
    await world.clock.advance(12_000);
    await Promise.all(sent);
    assert.ok(told().includes(OURS as ValidatorIndex));
    assert.equal(count("reject bad_signature"), 2);
    assert.equal(count("ignore seen"), 1, "of the two, one was verified");
    assert.equal(verifier.keys, 2 * 1_500 + 2 * 480);
  });
});
