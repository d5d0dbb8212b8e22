import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {gloas} from "@lodestar/types";
import type {Epoch, Slot} from "@mote/core";
import type {ChainFigures, DevnetFork} from "../../src/chain/types.ts";
import {SlotPlayer, testChain} from "./support.ts";

/** Plays `epochs` whole epochs with all validators at work, and begins the slot after. */
function live(fork: DevnetFork, epochs: number): SlotPlayer {
  const player = new SlotPlayer(testChain(fork));
  player.playTo(epochs * SLOTS_PER_EPOCH - 1);
  player.chain.onSlot((epochs * SLOTS_PER_EPOCH) as Slot);
  return player;
}

function assertNothingMissed({attestations, proposals, payloadAttestations, syncCommittee}: ChainFigures): void {
  assert.deepEqual(
    {
      attestations: attestations.missed,
      proposals: proposals.missed,
      payloadAttestations: payloadAttestations.missed,
      participation: syncCommittee.participation,
    },
    {attestations: 0, proposals: 0, payloadAttestations: 0, participation: 1},
  );
}

const bodyAt = ({chain}: SlotPlayer, slot: number): gloas.BeaconBlockBody =>
  chain.blockAtSlot(slot as Slot)?.signed?.message.body as gloas.BeaconBlockBody;

describe("a chain whose validators do all their duties", function () {
  this.timeout(60_000);

  it("misses nothing in Fulu, over a change of the sync committee", () => {
    const {chain} = live("fulu", 10);
    const figures = chain.figures();
    assertNothingMissed(figures);
    assert.equal(chain.finalized.epoch, 8);
    assert.deepEqual(figures.proposals, {expected: 79, included: 79, missed: 0});
    assert.equal(figures.payloadAttestations.expected, 0);
    assert.ok(figures.aggregates.published > 0 && figures.syncContributions.published > 0);
    assert.equal(figures.aggregates.rejected + figures.syncContributions.rejected, 0);
    assert.deepEqual(chain.slashings.report(), {
      slashableMessages: 0,
      offences: [],
      badlySigned: 0,
      undecided: 0,
    });
  });

  it("misses nothing over the fork to Gloas", () => {
    const player = live({gloasEpoch: 2 as Epoch}, 5);
    const figures = player.chain.figures();
    assertNothingMissed(figures);
    assert.ok(figures.payloadAttestations.expected > 0);
    assert.equal(player.chain.finalized.epoch, 3);
    assert.equal(player.chain.blockAtSlot(15 as Slot)?.payloadStatus, "none");
    assert.equal(player.chain.blockAtSlot(16 as Slot)?.payloadStatus, "full");
  });

  it("misses nothing in Gloas from genesis on", () => {
    const player = live("gloas", 5);
    assertNothingMissed(player.chain.figures());
    assert.equal(player.chain.finalized.epoch, 3);
    assert.deepEqual(
      bodyAt(player, 9).payloadAttestations.map(({data, aggregationBits}) => [
        data.payloadPresent,
        aggregationBits.getTrueBitIndexes().length,
      ]),
      [[true, 16]],
      "every seat of everyone who voted is filled",
    );
  });
});
