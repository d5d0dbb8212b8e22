import assert from "node:assert/strict";
import {type DevnetRun, runDevnet} from "./support/devnet-run.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";

const VALIDATORS = 16;
const EPOCHS = 3;
const CLUSTER = ["--middleware", "3-of-4", "--validators", String(VALIDATORS), "--epochs", String(EPOCHS)];
/** Five processes sign and verify what one would: with less time, a slow machine would be what is tested. */
const PACE = ["--seconds-per-slot", "4", "--genesis-delay", "16"];
/** What a node of the cluster says when something is wrong with it or its surroundings. */
const COMPLAINT = /^(node\d: |middleware: ).*$/gm;

interface Figures {
  readonly proposals: {readonly expected: number; readonly missed: number};
  readonly attestations: {readonly expected: number; readonly included: number; readonly missed: number};
  readonly syncCommittee: {readonly participation: number};
  readonly payloadAttestations: {readonly expected: number; readonly missed: number};
  readonly aggregates: {readonly published: number; readonly rejected: number};
  readonly syncContributions: {readonly published: number; readonly rejected: number};
  readonly slashableMessages: number;
}

function figuresOf({mote}: DevnetRun): Figures {
  return JSON.parse(mote.stdout);
}

/** Every duty done by three of four shares, none refused, and no node alarmed. */
function assertNothingMissed(run: DevnetRun): Promise<Figures> {
  return explained(run.mote, () => {
    assert.equal(run.code, 0);
    const figures = figuresOf(run);
    const {proposals, attestations, syncCommittee, payloadAttestations, aggregates, syncContributions} = figures;
    assert.deepEqual(attestations.included, (EPOCHS - 2) * VALIDATORS);
    assert.ok(proposals.expected >= EPOCHS * 8 - 2);
    assert.deepEqual(
      {
        attestations: attestations.missed,
        proposals: proposals.missed,
        payloadAttestations: payloadAttestations.missed,
        participation: syncCommittee.participation,
      },
      {attestations: 0, proposals: 0, payloadAttestations: 0, participation: 1},
    );
    assert.ok(aggregates.published > 0 && syncContributions.published > 0);
    assert.equal(aggregates.rejected + syncContributions.rejected, 0);
    assert.equal(figures.slashableMessages, 0);
    assert.deepEqual(run.mote.stderr.match(COMPLAINT) ?? [], []);
    return figures;
  });
}

describe("a cluster of four nodes with key shares, two of which are restarted", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 2});
  after(() => rooms.clear());

  it("misses nothing from Fulu into Gloas, and nobody sees a double at work", async () => {
    // One before the fork, one after it.
    const restarts = ["--fault", "node2:restart@4", "--fault", "node0:restart@12"];
    const run = await rooms.live((room) => runDevnet(room, ...CLUSTER, ...PACE, "--fork", "gloas@1", ...restarts));
    const {payloadAttestations} = await assertNothingMissed(run);
    assert.ok(payloadAttestations.expected > 0);
    const {mote} = run;
    const lines = mote.stderr.match(/^node\d is .*$/gm);
    const expected = ["node2 is restarted", "node2 is ready again", "node0 is restarted", "node0 is ready again"];
    assert.deepEqual(lines, expected, mote.story());
  });
});
