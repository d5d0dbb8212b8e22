import assert from "node:assert/strict";
import {BitArray} from "@chainsafe/ssz";
import type {altair} from "@lodestar/types";
import {type Root, rootToHex, type Slot} from "@mote/core";
import {broken, joined} from "../support/test-validators.ts";
import {SlotPlayer, testChain} from "./support.ts";

const SLOT = 2 as Slot;
const OTHER_ROOT = rootToHex(new Uint8Array(32).fill(3)) as Root;

/** The block of slot 2 is there, and nobody has signed it. */
function opened(): SlotPlayer {
  const player = new SlotPlayer(testChain());
  player.playTo(1);
  player.open(SLOT);
  return player;
}

const reasons = (outcomes: readonly {kind: string; reason?: string}[]) =>
  outcomes.map(({kind, reason}) => reason ?? kind);

describe("sync committee messages", () => {
  it("are taken once; a bad one is named by its place", () => {
    const {chain, validators} = opened();
    const messages = validators.syncMessages(SLOT);
    const [first, second] = messages as [altair.SyncCommitteeMessage, altair.SyncCommitteeMessage];
    const outcomes = chain.onSyncCommitteeMessages([
      first,
      {...second, signature: broken(second.signature)},
      ...messages.slice(2),
    ]);
    assert.deepEqual(
      reasons(outcomes),
      messages.map((_, i) => (i === 1 ? "signature is not valid" : "accepted")),
    );
    assert.deepEqual(reasons(chain.onSyncCommitteeMessages([first, second])), ["duplicate", "accepted"]);
  });

  it("are refused from outside the committee, of another slot, and for a second block", () => {
    const {chain, validators} = opened();
    const members = new Set(validators.syncMessages(SLOT).map(({validatorIndex}) => validatorIndex));
    const outsider = [...chain.pubkeys.keys()].find((index) => !members.has(index)) ?? -1;
    const [member = -1] = members;
    const head = chain.head.root;
    assert.match(
      reasons(chain.onSyncCommitteeMessages([validators.syncMessage(SLOT, outsider, head)]))[0] ?? "",
      /is not in the sync committee/,
    );
    assert.match(
      reasons(chain.onSyncCommitteeMessages([validators.syncMessage(1 as Slot, member, head)]))[0] ?? "",
      /is not the current one/,
    );
    const sent = [OTHER_ROOT, head, OTHER_ROOT].map((root) => validators.syncMessage(SLOT, member, root));
    assert.deepEqual(
      sent.map((message) => reasons(chain.onSyncCommitteeMessages([message]))[0]),
      ["accepted", "accepted", `validator ${member} signed another block in this slot`],
      "the head counts, also when it comes second",
    );
  });
});

describe("sync committee messages and contributions that come after their slot", () => {
  it("are taken until it is closed, and no longer when a second slot has begun", () => {
    const {chain, validators} = opened();
    const {root} = chain.head;
    const [tooLate, ...late] = validators.syncMessages(SLOT);
    assert.ok(tooLate !== undefined);
    chain.onSlot(3 as Slot);
    assert.deepEqual(new Set(reasons(chain.onSyncCommitteeMessages(late))), new Set(["accepted"]));
    const [contribution, another] = validators.contributions(SLOT, root);
    assert.ok(contribution !== undefined && another !== undefined);
    assert.deepEqual(reasons(chain.onContributions([contribution])), ["accepted"]);
    chain.onSlotClosed(SLOT);
    const refusals = ["slot 2 is not the current one"];
    assert.deepEqual(reasons(chain.onSyncCommitteeMessages([tooLate])), refusals);
    assert.deepEqual(reasons(chain.onContributions([another])), refusals);
    const message = validators.syncMessages(3 as Slot)[0] as altair.SyncCommitteeMessage;
    chain.onSlot(4 as Slot);
    chain.onSlot(5 as Slot);
    assert.deepEqual(reasons(chain.onSyncCommitteeMessages([message])), ["slot 3 is not the current one"]);
  });
});

describe("sync committee contributions", () => {
  it("fill the next block, each subcommittee with its best", () => {
    const player = opened();
    const {chain, validators} = player;
    const messages = validators.syncMessages(SLOT);
    chain.onSyncCommitteeMessages(messages.slice(0, 4));
    const early = validators.contributions(SLOT);
    chain.onSyncCommitteeMessages(messages);
    assert.ok(early.length > 0);
    const full = [0, 1, 2, 3].flatMap((subcommittee) => {
      const contribution = chain.syncContribution(SLOT, subcommittee, chain.head.root);
      const aggregator = validators.subcommittee(SLOT, subcommittee).at(-1);
      assert.ok(contribution !== null && aggregator !== undefined);
      return [validators.contribution(contribution, aggregator)];
    });
    for (const outcome of chain.onContributions([...full, ...early])) assert.equal(outcome.kind, "accepted");
    assert.deepEqual(
      reasons(chain.onContributions(full)),
      full.map(() => "duplicate"),
    );
    assert.deepEqual(chain.figures().syncContributions.rejected, 0);
    player.open(3 as Slot);
    const body = chain.block(chain.head.root)?.signed?.message.body as altair.BeaconBlockBody;
    assert.equal(body.syncAggregate.syncCommitteeBits.getTrueBitIndexes().length, 32);
  });

  it("leave seats empty whose messages no contribution carries", () => {
    const player = opened();
    const {chain, validators} = player;
    chain.onSyncCommitteeMessages(validators.syncMessages(SLOT));
    for (const outcome of chain.onContributions(validators.contributions(SLOT).slice(0, 3))) {
      assert.equal(outcome.kind, "accepted");
    }
    player.open(3 as Slot);
    const body = chain.block(chain.head.root)?.signed?.message.body as altair.BeaconBlockBody;
    assert.equal(body.syncAggregate.syncCommitteeBits.getTrueBitIndexes().length, 24);
    assert.ok(chain.figures().syncCommittee.participation < 1);
  });

  it("are refused when any of their three signatures is wrong, each by its name", () => {
    const {chain, validators} = opened();
    chain.onSyncCommitteeMessages(validators.syncMessages(SLOT));
    const [a, b, c, d] = validators.contributions(SLOT) as [
      altair.SignedContributionAndProof,
      altair.SignedContributionAndProof,
      altair.SignedContributionAndProof,
      altair.SignedContributionAndProof,
    ];
    const contribution = {...b.message.contribution, signature: broken(b.message.contribution.signature)};
    const outcomes = chain.onContributions([
      {...a, signature: broken(a.signature)},
      validators.outer({...b.message, contribution}),
      validators.outer({...c.message, selectionProof: broken(c.message.selectionProof)}),
      d,
    ]);
    assert.deepEqual(reasons(outcomes), [
      "signature of the aggregator is not valid",
      "signature of the contribution is not valid",
      "selection proof is not valid",
      "accepted",
    ]);
    assert.deepEqual(chain.figures().syncContributions, {published: 1 + 8, rejected: 3});
  });

  it("are refused when their bits, their aggregator or their slot do not fit", () => {
    const {chain, validators} = opened();
    chain.onSyncCommitteeMessages(validators.syncMessages(SLOT));
    const {message} = validators.contributions(SLOT)[0] as altair.SignedContributionAndProof;
    const {contribution} = message;
    const inside = new Set(validators.subcommittee(SLOT, 0));
    const outsider = [...chain.pubkeys.keys()].find((index) => !inside.has(index)) ?? -1;
    const none = {
      ...contribution,
      aggregationBits: BitArray.fromBitLen(8),
      signature: joined([contribution.signature]),
    };
    assert.deepEqual(
      reasons(
        chain.onContributions([
          validators.contribution(none, message.aggregatorIndex),
          validators.contribution(contribution, outsider),
          validators.contribution({...contribution, slot: 1}, message.aggregatorIndex),
          validators.contribution({...contribution, subcommitteeIndex: 4}, message.aggregatorIndex),
        ]),
      ),
      [
        "no aggregation bit is set",
        `validator ${outsider} is not in the subcommittee`,
        "slot 1 is not the current one",
        "there is no subcommittee 4",
      ],
    );
  });
});
