import assert from "node:assert/strict";
import {KEY, testProposal, testVote} from "@mote/testing";
import {postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

const RETAIN_EPOCHS = 16;
const LOT = 2;
const LAST = 100;

describeWithPostgres("pruning in the shared store", (server) => {
  it("keeps what it has to and no more than a lot above it, with two nodes at work", async () => {
    const store = await postgresStore(server(), {retainEpochs: RETAIN_EPOCHS});
    const nodes = await Promise.all([store.open(), store.open()]);
    for (let n = 1; n <= LAST; n++) {
      const votes = await Promise.all(nodes.map((node) => node.recordAttestation(KEY, testVote(n - 1, n))));
      assert.deepEqual(votes.map(({kind}) => kind).sort(), ["accepted", "already_signed"]);
      const blocks = await Promise.all(nodes.map((node) => node.recordBlock(KEY, testProposal(n))));
      assert.deepEqual(blocks.map(({kind}) => kind).sort(), ["accepted", "already_signed"]);
    }
    const [node] = nodes;
    // What is older is refused by the minimum, and what was kept is known.
    const tooOld = await node.recordAttestation(KEY, testVote(LAST - 30, LAST - 29));
    assert(tooOld.kind === "refused" && tooOld.conflict?.kind === "watermark", JSON.stringify(tooOld));
    const oldBlock = await node.recordBlock(KEY, testProposal(LAST - 30));
    assert(oldBlock.kind === "refused" && oldBlock.reason === "SLOT_NOT_ABOVE_MINIMUM", JSON.stringify(oldBlock));
    const kept = await node.recordAttestation(KEY, testVote(LAST - RETAIN_EPOCHS - 1, LAST - RETAIN_EPOCHS));
    assert.equal(kept.kind, "already_signed");

    await Promise.all(nodes.map((each) => each.close()));
    const counts =
      "SELECT (SELECT count(*) FROM mote_protection_votes) AS votes, (SELECT count(*) FROM mote_protection_blocks) AS blocks";
    const [{votes, blocks} = {}] = await server().query(counts, store.schema);
    for (const [what, count] of Object.entries({votes, blocks})) {
      assert(Number(count) > RETAIN_EPOCHS - LOT && Number(count) <= RETAIN_EPOCHS + LOT + 1, `${count} ${what}`);
    }
    await store.destroy();
  });
});
