import assert from "node:assert/strict";
import type {electra} from "@lodestar/types";
import {attestationDataFromSsz, attestationSigningRoot, ssz} from "@mote/consensus";
import {hexToBytes, type Root, rootToHex, type SignatureVerifier, type Slot} from "@mote/core";
import {keyOf, SLOTS_PER_EPOCH} from "./fake-chain-view.ts";
import {CredulousVerifier, FORKS, LightWorld, LocalVerifier, root, SLOTS} from "./light-world.ts";

const HEAD = root("aa");
const TARGET = root("bb");
const ATTESTER_PLACE = 1;

describe("AttestationValidator", () => {
  for (const fork of FORKS) {
    const slot = SLOTS[fork];
    // Two committees a slot, four members each, one after the other.
    const slotOfEpoch = slot % SLOTS_PER_EPOCH;
    const attester = slotOfEpoch * 8 + ATTESTER_PLACE;
    const subnetId = slotOfEpoch * 2;

    describe(fork, () => {
      let world: LightWorld;
      beforeEach(() => {
        world = newWorld();
      });

      function newWorld(init: {verifier?: SignatureVerifier} = {}): LightWorld {
        const made = new LightWorld({slot, ...init});
        made.view.blocks.add(HEAD).add(TARGET);
        return made;
      }

      interface Changes {
        readonly data?: Partial<electra.SingleAttestation["data"]>;
        readonly vote?: Partial<electra.SingleAttestation>;
        readonly signer?: number;
        /** Instead of the data's. */
        readonly signedRoot?: Root;
      }

      function vote({data: dataChanges = {}, vote: voteChanges = {}, signer, signedRoot}: Changes = {}) {
        const targetEpoch = Math.floor(slot / SLOTS_PER_EPOCH);
        const data = {
          slot,
          index: 0,
          beaconBlockRoot: hexToBytes(HEAD),
          source: {epoch: targetEpoch - 1, root: hexToBytes(root("cc"))},
          target: {epoch: targetEpoch, root: hexToBytes(TARGET)},
          ...dataChanges,
        };
        const attesterIndex = voteChanges.attesterIndex ?? attester;
        const signingRoot = signedRoot ?? attestationSigningRoot(world.config, attestationDataFromSsz(data));
        const signature = keyOf(signer ?? attesterIndex).sign(signingRoot);
        const made = {committeeIndex: 0, attesterIndex, data, signature, ...voteChanges};
        return ssz.electra.SingleAttestation.deserialize(ssz.electra.SingleAttestation.serialize(made));
      }

      const receive = (message: electra.SingleAttestation, on = subnetId) =>
        world.receive("beacon_attestation", message, {slot, subnetId: on});

      it("lets a good vote on, and tells of it once", async () => {
        assert.equal(await receive(vote()), "accept");
        assert.equal(await receive(vote()), "ignore seen");
        assert.equal(world.events.length, 1);
        const [event] = world.events;
        assert.ok(event?.kind === "attestation");
        assert.deepEqual(
          [event.vote.attesterIndex, event.vote.data.beaconBlockRoot, event.vote.data.target.root],
          [attester, HEAD, TARGET],
        );
      });

      const targetEpoch = Math.floor(slot / SLOTS_PER_EPOCH);
      const target = (epoch: number) => ({epoch, root: hexToBytes(TARGET)});
      const REFUSED: readonly (readonly [name: string, changes: Changes, verdict: string])[] = [
        ["of the epoch before", {data: {target: target(targetEpoch - 1)}}, "reject wrong_target_epoch"],
        ["of a target to come", {data: {target: target(targetEpoch + 1)}}, "reject wrong_target_epoch"],
        ["of a committee that is not", {vote: {committeeIndex: 2}}, "reject wrong_index"],
        ["of the slot's other committee", {vote: {committeeIndex: 1}}, "reject wrong_subnet"],
        ["by no member", {vote: {attesterIndex: attester + 8}}, "reject not_a_member"],
        [
          "by no member, on a chain not seen",
          {vote: {attesterIndex: attester + 8}, data: {target: {epoch: targetEpoch, root: hexToBytes(root("dd"))}}},
          "ignore not_a_member",
        ],
        ["with another's signature", {signer: attester + 1}, "reject bad_signature"],
        ["with a signature of other data", {signedRoot: root("01")}, "reject bad_signature"],
        ["of a head not seen", {data: {beaconBlockRoot: hexToBytes(root("dd"))}}, "ignore unknown_block"],
        ["of the next slot", {data: {slot: slot + 1}}, "ignore future_slot"],
        ["of data.index 2", {data: {index: 2}}, "reject wrong_index"],
      ];
      for (const [name, changes, verdict] of REFUSED) {
        it(`does not let a vote ${name} on: ${verdict}`, async () => {
          assert.equal(await receive(vote(changes)), verdict);
          assert.equal(world.events.length, 0);
        });
      }

      it("verifies no vote for a head not seen, unless it is of ours", async () => {
        const verifier = new LocalVerifier();
        world = newWorld({verifier});
        const data = {beaconBlockRoot: hexToBytes(root("dd"))};
        assert.equal(await receive(vote({data, signer: attester + 1})), "ignore unknown_block");
        assert.deepEqual(verifier.batchSizes, []);
        world.view.ours.add(attester);
        assert.equal(await receive(vote({data, signer: attester + 1})), "reject bad_signature");
        assert.equal(await receive(vote({data})), "ignore unknown_block");
        assert.deepEqual(verifier.batchSizes, [1, 1]);
        assert.equal(world.events.length, 1);
      });

      it("refuses a vote on another subnet", async () => {
        assert.equal(await receive(vote(), subnetId + 1), "reject wrong_subnet");
      });

      it("takes votes from its slot on, less what clocks differ, to the end of the next epoch", async () => {
        const endSlot = (targetEpoch + 2) * SLOTS_PER_EPOCH;
        const disparityMs = world.config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
        for (const [at, ms, verdict] of [
          [slot, -disparityMs - 1, "ignore future_slot"],
          [slot, -disparityMs, "accept"],
          [endSlot, disparityMs, "accept"],
          [endSlot, disparityMs + 1, "ignore old_slot"],
        ] as const) {
          world = newWorld();
          world.goTo(at, ms);
          assert.equal(await receive(vote()), verdict, `${ms} ms into slot ${at}`);
        }
      });

      it("ignores what it knows too little of", async () => {
        const losses: readonly (readonly [verdict: string, lose: () => void])[] = [
          ["ignore unknown_committee", () => Object.assign(world.view, {knowsCommittees: false})],
          ["ignore unknown_committee", () => Object.assign(world.view, {knowsCommitteesPerSlot: false})],
          ["ignore unknown_key", () => world.view.unknownKeys.add(attester)],
        ];
        for (const [verdict, lose] of losses) {
          world = newWorld();
          lose();
          assert.equal(await receive(vote()), verdict);
          assert.equal(world.events.length, 0);
        }
      });

      it("ignores a member's second vote of the epoch, and takes the good one that comes after a bad one", async () => {
        assert.equal(await receive(vote({signer: attester + 1})), "reject bad_signature");
        assert.equal(await receive(vote()), "accept");
        assert.equal(await receive(vote({data: {beaconBlockRoot: hexToBytes(TARGET)}})), "ignore seen");
        assert.equal(world.events.length, 1);
      });

      it("lets one of two on that come at once", async () => {
        const other = vote({data: {beaconBlockRoot: hexToBytes(TARGET)}});
        const judged = [vote(), other].map((message) => world.send("beacon_attestation", message, {slot, subnetId}));
        await world.clock.advance(100);
        assert.deepEqual((await Promise.all(judged)).toSorted(), ["accept", "ignore"]);
        assert.equal(world.events.length, 1);
      });

      it("tells of each different vote that is signed with a key of ours, wherever it is seen", async () => {
        world.view.ours.add(attester);
        const heads = ["01", "02", "03", "04", "05"].map((digits) => hexToBytes(root(digits)));
        assert.equal(await receive(vote()), "accept");
        assert.equal(await receive(vote({data: {beaconBlockRoot: heads[0]!}})), "ignore another_of_one");
        assert.equal(await receive(vote({data: {beaconBlockRoot: heads[1]!}}), subnetId + 1), "reject wrong_subnet");
        assert.equal(await receive(vote({data: {beaconBlockRoot: heads[1]!}})), "ignore seen");
        world.view.knowsCommittees = false;
        assert.equal(await receive(vote({data: {beaconBlockRoot: heads[2]!}})), "ignore unknown_committee");
        assert.equal(world.events.length, 4);
        // There is a limit to it: only so many are looked at.
        assert.equal(await receive(vote({data: {beaconBlockRoot: heads[3]!}})), "ignore seen");
        assert.equal(world.events.length, 4);
      });

      it("never tells of a vote in the name of ours that is badly signed", async () => {
        world.view.ours.add(attester);
        world.view.knowsCommittees = false;
        assert.equal(await receive(vote({signer: attester + 1})), "reject bad_signature");
        assert.equal(world.events.length, 0);
      });

      it("hangs on its verifier for signatures", async () => {
        world = newWorld({verifier: new CredulousVerifier()});
        assert.equal(await receive(vote({signer: attester + 1})), "accept");
      });

      it("is not upset by numbers of any size", async () => {
        const huge = Number.POSITIVE_INFINITY;
        const [good] = [vote()];
        assert.equal(await receive({...good, attesterIndex: huge}), "reject not_a_member");
        assert.equal(await receive({...good, committeeIndex: huge}), "reject wrong_index");
        const of = (data: Partial<electra.SingleAttestation["data"]>) => ({...good, data: {...good.data, ...data}});
        assert.equal(await receive(of({slot: huge})), "reject wrong_target_epoch");
        assert.equal(await receive(of({source: {epoch: huge, root: new Uint8Array(32)}})), "ignore numbers_too_large");
        assert.equal(await receive(of({slot: 2 ** 60, target: target(2 ** 57)})), "ignore future_slot");
      });
    });
  }

  it("knows what data.index says from Gloas on", async () => {
    for (const fork of FORKS) {
      const slot = SLOTS[fork];
      const world = new LightWorld({slot});
      world.view.blocks.add(HEAD).add(TARGET);
      const targetEpoch = Math.floor(slot / SLOTS_PER_EPOCH);
      const attesterIndex = (slot % SLOTS_PER_EPOCH) * 8;
      const data = {
        slot,
        index: 1,
        beaconBlockRoot: hexToBytes(HEAD),
        source: {epoch: 0, root: new Uint8Array(32)},
        target: {epoch: targetEpoch, root: hexToBytes(TARGET)},
      };
      const signature = keyOf(attesterIndex).sign(attestationSigningRoot(world.config, attestationDataFromSsz(data)));
      const arrival = {slot, subnetId: (slot % SLOTS_PER_EPOCH) * 2};
      const verdict = await world.receive(
        "beacon_attestation",
        {committeeIndex: 0, attesterIndex, data, signature},
        arrival,
      );
      assert.equal(verdict, fork === "fulu" ? "reject wrong_index" : "ignore unknown_payload");
      assert.equal(world.events.length, fork === "fulu" ? 0 : 1);
    }
  });

  it("verifies votes over one root together, and each by its own key", async () => {
    const slot = SLOTS.fulu;
    const verifier = new LocalVerifier();
    const world = new LightWorld({slot, verifier});
    world.view.blocks.add(HEAD).add(TARGET);
    const first = (slot % SLOTS_PER_EPOCH) * 8;
    const subnetId = (slot % SLOTS_PER_EPOCH) * 2;
    const data = {
      slot: slot as Slot,
      index: 0,
      beaconBlockRoot: hexToBytes(HEAD),
      source: {epoch: 0, root: new Uint8Array(32)},
      target: {epoch: Math.floor(slot / SLOTS_PER_EPOCH), root: hexToBytes(TARGET)},
    };
    const signingRoot = attestationSigningRoot(world.config, attestationDataFromSsz(data));
    const votes = [0, 1, 2, 3].map((place) => {
      const signature = keyOf(place === 2 ? 60 : first + place).sign(signingRoot);
      return {committeeIndex: 0, attesterIndex: first + place, data, signature};
    });
    const judged = votes.map((vote) => world.send("beacon_attestation", vote, {slot, subnetId}));
    assert.deepEqual(verifier.batchSizes, []);
    await world.clock.advance(50);
    assert.deepEqual(await Promise.all(judged), ["accept", "accept", "reject", "accept"]);
    assert.deepEqual(verifier.batchSizes, [4]);
    const [one, other] = world.events;
    assert.ok(one?.kind === "attestation" && other?.kind === "attestation");
    assert.equal(one.vote.data, other.vote.data, "votes of one data share it");
    assert.equal(rootToHex(data.beaconBlockRoot), one.vote.data.beaconBlockRoot);
  });
});
