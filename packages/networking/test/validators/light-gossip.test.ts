import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {SignatureVerifier} from "@mote/core";
import fc from "fast-check";
import type {GossipKind, Validation} from "../../src/network.ts";
import {CredulousVerifier, LightWorld, SLOTS} from "./light-world.ts";

const slot = SLOTS.gloas;
const arrival = {slot};
const finalityUpdate = ssz.gloas.LightClientFinalityUpdate.defaultValue();
const optimisticUpdate = ssz.gloas.LightClientOptimisticUpdate.defaultValue();

describe("LightGossip", () => {
  it("joins what a light node can validate, and nothing else; and leaves it", () => {
    const {gossip} = new LightWorld({slot});
    const topics = [
      "attester_slashing",
      "beacon_block",
      "light_client_finality_update",
      "light_client_optimistic_update",
      "proposer_slashing",
      "sync_committee_0",
      "sync_committee_1",
      "sync_committee_2",
      "sync_committee_3",
    ];
    assert.deepEqual([...gossip.topics].toSorted(), topics);
    assert.ok(gossip.handlers.has("beacon_attestation") && gossip.handlers.has("payload_attestation_message"));
  });

  it("asks its listener about light-client updates, and ignores them without one", async () => {
    const world = new LightWorld({slot});
    assert.equal(await world.receive("light_client_finality_update", finalityUpdate, arrival), "ignore no_listener");
    const heard: string[] = [];
    let verdict: Validation = "accept";
    const cancel = world.light.subscribeLightClientNews(async ({kind, update, from}) => {
      heard.push(`${kind} from ${from}`);
      assert.ok(update === finalityUpdate || update === optimisticUpdate);
      return verdict;
    });
    assert.throws(() => world.light.subscribeLightClientNews(async () => "accept"), /a listener already/);
    for (const next of ["accept", "ignore", "reject"] as const) {
      verdict = next;
      assert.equal(await world.receive("light_client_finality_update", finalityUpdate, arrival), next);
    }
    assert.equal(await world.receive("light_client_optimistic_update", optimisticUpdate, arrival), "reject");
    assert.deepEqual(heard, [...Array(3).fill("finality_update from a peer"), "optimistic_update from a peer"]);
    cancel();
    assert.equal(
      await world.receive("light_client_optimistic_update", optimisticUpdate, arrival),
      "ignore no_listener",
    );
  });

  it("counts by kind, verdict and reason", async () => {
    const world = new LightWorld({slot});
    world.light.subscribeLightClientNews(async () => "accept");
    for (let n = 0; n < 2; n++) await world.receive("light_client_finality_update", finalityUpdate, arrival);
    const message = {...ssz.altair.SyncCommitteeMessage.defaultValue(), slot: slot + 1};
    await world.receive("sync_committee", message, {slot, subnetId: 0});
    assert.deepEqual(world.light.counts(), [
      {kind: "light_client_finality_update", validation: "accept", reason: null, count: 2},
      {kind: "sync_committee", validation: "ignore", reason: "future_slot", count: 1},
    ]);
  });

  it("lets a peer pay for no end of messages out of their time, and for no other", async () => {
    const world = new LightWorld({slot});
    const flood = async (of: number, peer: string) => {
      const message = {...ssz.altair.SyncCommitteeMessage.defaultValue(), slot: of};
      for (let n = 0; n < 9_000; n++) await world.send("sync_committee", message, {slot, subnetId: 0, peer});
    };
    await flood(slot - 1, "one");
    await flood(slot + 1, "another");
    const charge = "rate_limit, sync_committee: no end of messages to ignore";
    assert.deepEqual(world.reports, [
      ...Array(2).fill(`one: ${charge} (old_slot)`),
      ...Array(2).fill(`another: ${charge} (future_slot)`),
    ]);
    // What has to be known first is not.
    world.view.knowsSyncCommittee = false;
    await flood(slot, "a third");
    assert.equal(world.counts("sync_committee").get("ignore unknown_committee"), 9_000);
    assert.equal(world.reports.length, 4);
  });

  it("ignores what it cannot judge, says so once an epoch, and goes on", async () => {
    const broken: SignatureVerifier = {
      verifyAggregate: async () => true,
      verifySameMessage: async () => {
        throw new Error("no verifier today");
      },
    };
    const world = new LightWorld({slot, verifier: broken});
    const message = {...ssz.altair.SyncCommitteeMessage.defaultValue(), slot, validatorIndex: 2};
    const receive = () => world.receive("sync_committee", message, {slot, subnetId: 0});
    for (let n = 0; n < 3; n++) assert.equal(await receive(), "ignore not_judged");
    const warnings = world.log.lines.filter((line) => line.startsWith("warn"));
    assert.deepEqual(warnings, ["warn gossip could not be judged"]);
    assert.deepEqual(world.events, []);
  });

  /** Whatever bytes decode to, it is judged; and nothing made up is let on while signatures are verified. */
  const TYPES = {
    beacon_attestation: ssz.electra.SingleAttestation,
    sync_committee: ssz.altair.SyncCommitteeMessage,
    payload_attestation_message: ssz.gloas.PayloadAttestationMessage,
    proposer_slashing: ssz.phase0.ProposerSlashing,
    attester_slashing: ssz.electra.AttesterSlashing,
    beacon_block: ssz.gloas.SignedBeaconBlock,
  } as const;
  for (const kind of Object.keys(TYPES) as (keyof typeof TYPES)[]) {
    it(`never throws, and never lets on, for ${kind} of any bytes`, async () => {
      const type = TYPES[kind] as unknown as typeof ssz.electra.SingleAttestation;
      const good = type.serialize(type.defaultValue());
      const spots = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), {maxLength: 6});
      await fc.assert(
        fc.asyncProperty(spots, fc.nat(4), async (changes, subnetId) => {
          const world = new LightWorld({slot});
          const bytes = Uint8Array.from(good);
          for (const [at, byte] of changes) bytes[at] = byte;
          const value = decoded(type, bytes);
          if (value === null) return;
          const words = await world.receive(kind as GossipKind, value as never, {slot, subnetId});
          assert.match(words, /^(ignore|reject) (?!not_judged)/);
          assert.deepEqual(
            world.events.filter((event) => event.kind !== "block" || event.isSignatureVerified),
            [],
          );
        }),
        {numRuns: 60},
      );
    });
  }

  it("would let made-up messages on by a verifier that says yes", async () => {
    const world = new LightWorld({slot, verifier: new CredulousVerifier()});
    const message = {...ssz.altair.SyncCommitteeMessage.defaultValue(), slot, validatorIndex: 2};
    assert.equal(await world.receive("sync_committee", message, {slot, subnetId: 0}), "accept");
  });
});

function decoded<Value>(type: {deserialize(bytes: Uint8Array): Value}, bytes: Uint8Array): Value | null {
  try {
    return type.deserialize(bytes);
  } catch {
    return null;
  }
}
