import assert from "node:assert/strict";
import {ssz, syncCommitteeMessageSigningRoot} from "@mote/consensus";
import {hexToBytes, type Root, type Slot} from "@mote/core";
import {keyOf} from "./fake-chain-view.ts";
import {CredulousVerifier, FORKS, LightWorld, LocalVerifier, root, SLOTS} from "./light-world.ts";

const HEAD = root("aa");

interface Changes {
  readonly slot?: number;
  readonly validatorIndex?: number;
  readonly head?: Root;
  readonly signer?: number;
  readonly signedSlot?: number;
}

for (const fork of FORKS) {
  describe(`SyncMessageValidator, ${fork}`, () => {
    const slot = SLOTS[fork];
    let world: LightWorld;
    beforeEach(() => {
      world = new LightWorld({slot});
    });

    function message({slot: of = slot, validatorIndex = 9, head = HEAD, signer, signedSlot}: Changes = {}) {
      const signingRoot = syncCommitteeMessageSigningRoot(world.config, (signedSlot ?? of) as Slot, head);
      const signature = keyOf(signer ?? validatorIndex).sign(signingRoot);
      const value = {slot: of, beaconBlockRoot: hexToBytes(head), validatorIndex, signature};
      return ssz.altair.SyncCommitteeMessage.deserialize(ssz.altair.SyncCommitteeMessage.serialize(value));
    }
    // Seat 9 of 32 lies in the second of four parts.
    const receive = (changes: Changes = {}, subnetId = 1) =>
      world.receive("sync_committee", message(changes), {slot, subnetId});

    it("lets a good message on, and tells of it once", async () => {
      assert.equal(await receive(), "accept");
      assert.equal(await receive(), "ignore seen");
      const receivedMs = world.slotClock.startMs(slot) + 2_000;
      assert.deepEqual(world.events, [
        {kind: "sync_message", slot, validatorIndex: 9, beaconBlockRoot: HEAD, receivedMs},
      ]);
    });

    const REFUSED: readonly (readonly [name: string, changes: Changes, verdict: string])[] = [
      ["of the slot before", {slot: slot - 1}, "ignore old_slot"],
      ["of the next slot", {slot: slot + 1}, "ignore future_slot"],
      ["by no member", {validatorIndex: 40}, "reject not_a_member"],
      ["by a member of another part", {validatorIndex: 8 + 8}, "reject wrong_subnet"],
      ["with another's signature", {signer: 10}, "reject bad_signature"],
      ["with a signature of another domain", {signedSlot: slot < 32 ? 40 : 20}, "reject bad_signature"],
    ];
    for (const [name, changes, verdict] of REFUSED) {
      it(`does not let a message ${name} on: ${verdict}`, async () => {
        assert.equal(await receive(changes), verdict);
        assert.deepEqual(world.events, []);
      });
    }

    it("takes a member of two parts on each of their subnets, once, and on no other", async () => {
      for (const [subnetId, verdict] of [
        [0, "accept"],
        [3, "accept"],
        [3, "ignore seen"],
        [2, "reject wrong_subnet"],
      ] as const) {
        assert.equal(await receive({validatorIndex: 1}, subnetId), verdict, `subnet ${subnetId}`);
      }
    });

    it("takes messages through their slot, and as much longer and earlier as clocks differ", async () => {
      const disparityMs = world.config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
      for (const [at, ms, verdict] of [
        [slot, -disparityMs - 1, "ignore future_slot"],
        [slot, -disparityMs, "accept"],
        [slot + 1, disparityMs, "accept"],
        [slot + 1, disparityMs + 1, "ignore old_slot"],
      ] as const) {
        world = new LightWorld({slot});
        world.goTo(at, ms);
        assert.equal(await receive(), verdict, `${ms} ms into slot ${at}`);
      }
    });

    it("ignores a second message of one member, and what it knows too little of", async () => {
      assert.equal(await receive(), "accept");
      assert.equal(await receive({head: root("bb")}), "ignore seen");
      world.view.unknownKeys.add(10);
      assert.equal(await receive({validatorIndex: 10}), "ignore unknown_key");
      world.view.knowsSyncCommittee = false;
      assert.equal(await receive({validatorIndex: 11}), "ignore unknown_committee");
      assert.equal(world.events.length, 1);
    });

    it("tells of each different message that is signed with a key of ours", async () => {
      world.view.ours.add(9).add(40);
      assert.equal(await receive(), "accept");
      assert.equal(await receive({head: root("bb")}), "ignore another_of_one");
      assert.equal(await receive({validatorIndex: 40}), "reject not_a_member");
      assert.equal(await receive({validatorIndex: 9, head: root("cc"), signer: 10}), "reject bad_signature");
      assert.equal(world.events.length, 3);
    });

    it("verifies messages over one root together", async () => {
      const verifier = new LocalVerifier();
      world = new LightWorld({slot, verifier});
      const judged = [8, 9, 10].map((validatorIndex) =>
        world.send("sync_committee", message({validatorIndex}), {slot, subnetId: 1}),
      );
      await world.clock.advance(50);
      assert.deepEqual(await Promise.all(judged), ["accept", "accept", "accept"]);
      assert.deepEqual(verifier.batchSizes, [3]);
    });

    it("hangs on its verifier for signatures", async () => {
      world = new LightWorld({slot, verifier: new CredulousVerifier()});
      assert.equal(await receive({signer: 10}), "accept");
    });
  });
}
