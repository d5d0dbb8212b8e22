import assert from "node:assert/strict";
import type {gloas} from "@lodestar/types";
import {payloadAttestationSigningRoot, ssz} from "@mote/consensus";
import {hexToBytes} from "@mote/core";
import {keyOf} from "./fake-chain-view.ts";
import {CredulousVerifier, LightWorld, root, SLOTS} from "./light-world.ts";

const slot = SLOTS.gloas;

describe("PayloadAttestationValidator", () => {
  let world: LightWorld;
  beforeEach(() => {
    world = new LightWorld({slot});
    world.view.ours.add(5);
  });

  interface Changes {
    readonly data?: Partial<gloas.PayloadAttestationData>;
    readonly validatorIndex?: number;
    readonly signer?: number;
  }
  function receive({data: changes = {}, validatorIndex = 5, signer}: Changes = {}): Promise<string> {
    const head = hexToBytes(root("aa"));
    const data = {beaconBlockRoot: head, slot, payloadPresent: true, blobDataAvailable: true, ...changes};
    const signature = keyOf(signer ?? validatorIndex).sign(payloadAttestationSigningRoot(world.config, data));
    const type = ssz.gloas.PayloadAttestationMessage;
    const value = type.deserialize(type.serialize({validatorIndex, data, signature}));
    return world.receive("payload_attestation_message", value, {slot});
  }

  it("tells of what is well signed, and lets none on: it does not know the committee", async () => {
    assert.equal(await receive(), "ignore unknown_committee");
    assert.equal(await receive(), "ignore seen");
    const [event, ...others] = world.events;
    assert.ok(event?.kind === "payload_attestation");
    assert.deepEqual([event.validatorIndex, event.data.slot, event.data.payloadPresent], [5, slot, true]);
    assert.deepEqual(others, []);
  });

  const REFUSED: readonly (readonly [name: string, changes: Changes, verdict: string])[] = [
    ["of the slot before", {data: {slot: slot - 1}}, "ignore old_slot"],
    ["of the next slot", {data: {slot: slot + 1}}, "ignore future_slot"],
    ["with another's signature", {signer: 6}, "reject bad_signature"],
    ["of one whose key is not known", {validatorIndex: 70}, "ignore unknown_key"],
  ];
  for (const [name, changes, verdict] of REFUSED) {
    it(`does not tell of a message ${name}: ${verdict}`, async () => {
      assert.equal(await receive(changes), verdict);
      assert.deepEqual(world.events, []);
    });
  }

  it("tells of a second, different one of ours, and of no other's", async () => {
    for (const validatorIndex of [5, 6]) {
      assert.equal(await receive({validatorIndex}), "ignore unknown_committee");
      const verdict = await receive({validatorIndex, data: {payloadPresent: false}});
      assert.equal(verdict, validatorIndex === 5 ? "ignore another_of_one" : "ignore seen");
    }
    assert.equal(world.events.length, 3);
  });

  it("hangs on its verifier for signatures", async () => {
    world = new LightWorld({slot, verifier: new CredulousVerifier()});
    assert.equal(await receive({signer: 6}), "ignore unknown_committee");
    assert.equal(world.events.length, 1);
  });
});
