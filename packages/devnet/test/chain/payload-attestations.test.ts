import assert from "node:assert/strict";
import type {gloas} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {broken} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

const SLOT = 2 as Slot;

function opened(): SlotPlayer {
  const player = new SlotPlayer(testChain("gloas"));
  player.playTo(1);
  player.open(SLOT);
  return player;
}

const reasons = (outcomes: readonly {kind: string; reason?: string}[]) =>
  outcomes.map(({kind, reason}) => reason ?? kind);

describe("payload attestations", () => {
  it("fill every seat of those who voted, and no other", () => {
    const player = opened();
    const {chain, validators} = player;
    const [silent, ...voters] = validators.payloadCommittee(SLOT);
    assert.ok(silent !== undefined);
    const data = chain.payloadAttestationData(SLOT);
    assert.ok(data?.payloadPresent);
    const messages = voters.map((index) => validators.payloadAttestation(index, data));
    const outcomes = chain.onPayloadAttestations(messages);
    assert.ok(outcomes.every(({kind}) => kind === "accepted"));
    assert.deepEqual(
      reasons(chain.onPayloadAttestations(messages)),
      voters.map(() => "duplicate"),
    );
    const seats = chain.stateAt(chain.head.root)?.epochCtx.getPayloadTimelinessCommittee(SLOT) ?? [];
    player.open(3 as Slot);
    const body = chain.block(chain.head.root)?.signed?.message.body as gloas.BeaconBlockBody;
    const [packed] = body.payloadAttestations;
    assert.deepEqual(
      packed?.aggregationBits.toBoolArray(),
      Array.from(seats, (index) => index !== silent),
    );
    const {expected, included, missed} = chain.figures().payloadAttestations;
    assert.deepEqual(
      [expected, included, missed],
      [voters.length + 1 + validators.payloadCommittee(1 as Slot).length, expected - 1, 1],
    );
  });

  it("are packed apart when they differ", () => {
    const player = opened();
    const {chain, validators} = player;
    const [first, ...others] = validators.payloadCommittee(SLOT);
    const data = chain.payloadAttestationData(SLOT);
    assert.ok(data !== null && first !== undefined);
    const differs = {...data, payloadPresent: false};
    chain.onPayloadAttestations([
      validators.payloadAttestation(first, differs),
      ...others.map((index) => validators.payloadAttestation(index, data)),
    ]);
    player.open(3 as Slot);
    const body = chain.block(chain.head.root)?.signed?.message.body as gloas.BeaconBlockBody;
    assert.deepEqual(
      body.payloadAttestations.map((attestation) => attestation.data.payloadPresent),
      [true, false],
    );
  });

  it("are refused when signature, committee, slot or block do not fit", () => {
    const {chain, validators} = opened();
    const data = chain.payloadAttestationData(SLOT);
    assert.ok(data !== null);
    const committee = validators.payloadCommittee(SLOT);
    const [member = -1, other = -1] = committee;
    const outsider = [...chain.pubkeys.keys()].find((index) => !committee.includes(index)) ?? -1;
    const good = validators.payloadAttestation(member, data);
    const unknown = new Uint8Array(32).fill(5);
    const outcomes = reasons(
      chain.onPayloadAttestations([
        good,
        {...validators.payloadAttestation(other, data), signature: broken(good.signature)},
        validators.payloadAttestation(outsider, data),
        validators.payloadAttestation(other, {...data, slot: 1}),
        validators.payloadAttestation(other, {...data, beaconBlockRoot: unknown}),
      ]),
    );
    assert.deepEqual(outcomes.slice(0, 2), ["accepted", "signature is not valid"]);
    assert.match(outcomes[2] ?? "", /is not in the payload committee/);
    assert.match(outcomes[3] ?? "", /is not the current one/);
    assert.match(outcomes[4] ?? "", /is not known/);
    const changed = validators.payloadAttestation(member, {...data, payloadPresent: false});
    assert.match(reasons(chain.onPayloadAttestations([changed]))[0] ?? "", /voted otherwise/);
  });

  it("are taken after their slot until it is closed", () => {
    const {chain, validators} = opened();
    const [late, tooLate] = validators.payloadAttestations(SLOT);
    assert.ok(late !== undefined && tooLate !== undefined);
    chain.onSlot(3 as Slot);
    assert.deepEqual(reasons(chain.onPayloadAttestations([late])), ["accepted"]);
    chain.onSlotClosed(SLOT);
    assert.deepEqual(reasons(chain.onPayloadAttestations([tooLate])), ["slot 2 is not the current one"]);
  });

  it("have nothing to sign without a block", () => {
    const {chain} = opened();
    chain.onSlot(3 as Slot);
    assert.equal(chain.payloadAttestationData(3 as Slot), null);
    assert.notEqual(chain.payloadAttestationData(2 as Slot), null);
  });
});
