import assert from "node:assert/strict";
import type {altair, electra} from "@lodestar/types";
import {hexToBytes, type Root, type SignatureVerifier, type SignedBy, type ValidatorIndex} from "@mote/core";
import type {Validation} from "../../src/network.ts";
import {SLOTS_PER_EPOCH} from "./fake-chain-view.ts";
import {LightWorld, root, SLOTS} from "./light-world.ts";

const slot = SLOTS.fulu;
const SLOT_OF_EPOCH = slot % SLOTS_PER_EPOCH;
const EPOCH = Math.floor(slot / SLOTS_PER_EPOCH);
const HEADS = [root("aa"), root("ab"), root("ac")];
const TARGETS = [root("ba"), root("bb")];
const COMMITTEES = 8;
const COMMITTEE_SIZE = 512;
const SEATS = 32;
/** Of the first of four parts. */
const SEATS_OF_SUBNET = 8;
const BATCH_MS = 60;

const FORGED = 4_000;
/** Alone, 0.8 ms of the other thread each. */
const PEER_ROOTS_MAX = 32;
/** Over one root; so many are with the other thread when the first verdict comes. */
const UNDER_WAY_MAX = 64;

const TRUE_SIGNATURE = 1;
const signatureThat = (isTrue: boolean) => new Uint8Array(96).fill(isTrue ? TRUE_SIGNATURE : 0);

/** Answers in order, and when it is told to. */
class HeldVerifier implements SignatureVerifier {
  signatures = 0;
  readonly #held: (() => void)[] = [];

  verifyAggregate(): never {
    throw new Error("votes are no aggregates");
  }

  async verifySameMessage(_root: Root, signed: readonly SignedBy[]): Promise<readonly boolean[]> {
    this.signatures += signed.length;
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return signed.map(({signature}) => signature[0] === TRUE_SIGNATURE);
  }

  answerOne(): void {
    this.#held.shift()?.();
  }

  get isAsked(): boolean {
    return this.#held.length > 0;
  }
}

interface Sent {
  readonly peer: string;
  readonly isTrue: boolean;
  readonly signer: number;
  /** What it is over. */
  readonly over: Root;
}

describe("bursts of forged messages", () => {
  let verifier: HeldVerifier;
  let world: LightWorld;
  beforeEach(() => {
    verifier = new HeldVerifier();
    world = new LightWorld({slot, verifier});
    for (const seen of [...HEADS, ...TARGETS]) world.view.blocks.add(seen);
    const key = new Uint8Array(48);
    world.view.pubkeyOf = () => key;
    world.view.committeesPerSlot = () => COMMITTEES;
    world.view.committee = (_slot, index) => indices(COMMITTEE_SIZE, index * COMMITTEE_SIZE);
    world.view.syncCommitteeAt = () => indices(SEATS);
  });

  const indices = (count: number, from = 0): ValidatorIndex[] =>
    Array.from({length: count}, (_, n) => (from + n) as ValidatorIndex);

  function sendVote(of: Sent, {head = HEADS[0]!, target = TARGETS[0]!} = {}): Promise<Validation> {
    const committeeIndex = Math.floor(of.signer / COMMITTEE_SIZE);
    const message: electra.SingleAttestation = {
      committeeIndex,
      attesterIndex: of.signer,
      data: {
        slot,
        index: 0,
        beaconBlockRoot: hexToBytes(head),
        source: {epoch: EPOCH - 1, root: hexToBytes(of.over)},
        target: {epoch: EPOCH, root: hexToBytes(target)},
      },
      signature: signatureThat(of.isTrue),
    };
    const subnetId = SLOT_OF_EPOCH * COMMITTEES + committeeIndex;
    return world.send("beacon_attestation", message, {slot, subnetId, peer: of.peer});
  }

  function sendSyncMessage({peer, isTrue, signer, over}: Sent): Promise<Validation> {
    const message: altair.SyncCommitteeMessage = {
      slot,
      beaconBlockRoot: hexToBytes(over),
      validatorIndex: signer,
      signature: signatureThat(isTrue),
    };
    const subnetId = Math.floor(signer / SEATS_OF_SUBNET);
    return world.send("sync_committee", message, {slot, subnetId, peer});
  }

  const KINDS = [
    ["votes", "beacon_attestation", (of: Sent) => sendVote(of)],
    ["sync messages", "sync_committee", sendSyncMessage],
  ] as const;

  /** Over a root each, in the name of one who has not sent anything. */
  const burst = (send: (of: Sent) => Promise<Validation>, peer = "a flooder") =>
    Array.from({length: FORGED}, (_, n) => send({peer, isTrue: false, signer: 0, over: numbered(n)}));

  async function answerAll(): Promise<void> {
    await world.clock.advance(BATCH_MS);
    while (verifier.isAsked) {
      verifier.answerOne();
      await world.clock.advance(0);
    }
  }

  for (const [what, kind, send] of KINDS) {
    const count = (words: string) => world.counts(kind).get(words) ?? 0;

    it(`of ${what}, over a root each, are verified up to what a peer may have waiting`, async () => {
      const sent = burst(send);
      await answerAll();
      assert.ok(verifier.signatures > 0);
      assert.ok(verifier.signatures <= PEER_ROOTS_MAX, `${verifier.signatures}`);
      await Promise.all(sent);
      assert.equal(count("reject bad_signature"), verifier.signatures, "each that was costs the peer");
      assert.equal(count("ignore too_many_unproven"), FORGED - verifier.signatures);
    });

    it(`of ${what} let another peer's pass`, async () => {
      const sent = burst(send);
      const honest = send({peer: "an honest peer", isTrue: true, signer: 1, over: HEADS[0]!});
      await answerAll();
      assert.equal(await honest, "accept");
      assert.ok(verifier.signatures <= PEER_ROOTS_MAX + 1, `${verifier.signatures}`);
      await Promise.all(sent);
    });

    it(`of ${what} over the root of all others are taken back at the first verdict, and theirs are not`, async () => {
      const over = HEADS[0]!;
      const sent = Array.from({length: FORGED}, () => send({peer: "a flooder", isTrue: false, signer: 0, over}));
      const honest = [1, 2, 3].map((signer) => send({peer: `honest peer ${signer}`, isTrue: true, signer, over}));
      await answerAll();
      assert.deepEqual(await Promise.all(honest), ["accept", "accept", "accept"]);
      assert.ok(verifier.signatures <= UNDER_WAY_MAX + honest.length, `${verifier.signatures}`);
      await Promise.all(sent);
      assert.equal(count("ignore too_many_unproven"), FORGED - UNDER_WAY_MAX);
    });

    it(`of ${what} do not shut their sender out once nothing of it waits`, async () => {
      const sent = burst(send);
      await answerAll();
      await Promise.all(sent);
      const later = send({peer: "a flooder", isTrue: true, signer: 2, over: HEADS[0]!});
      await answerAll();
      assert.equal(await later, "accept");
    });
  }

  it("are not what one honest peer sends in the fullest slot, though nothing of it is verified before the end", async () => {
    const sent: Promise<Validation>[] = [];
    const peer = "an honest peer";
    // All votes of eight subnets, where heads, targets and sources differ; and the sync committee's messages.
    for (let signer = 0; signer < COMMITTEES * COMMITTEE_SIZE; signer++) {
      const options = {head: HEADS[signer % 3]!, target: TARGETS[signer % 2]!};
      sent.push(sendVote({peer, isTrue: true, signer, over: root(signer % 5 === 0 ? "c0" : "c1")}, options));
    }
    for (let signer = 0; signer < SEATS; signer++) {
      sent.push(sendSyncMessage({peer, isTrue: true, signer, over: HEADS[signer % 3]!}));
    }
    await answerAll();
    assert.deepEqual([...new Set(await Promise.all(sent))], ["accept"]);
  });
});

const numbered = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;
