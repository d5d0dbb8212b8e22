import assert from "node:assert/strict";
import type {FailureReason, SignOutcome} from "@mote/core";
import {FakeLog, MemorySlashingProtection} from "@mote/testing";
import {OldSourceQuestion} from "../../src/safety/old-source.ts";
import {duty, epoch, pubkey, root, signature} from "../support/world.ts";

const refused = (reason: FailureReason): SignOutcome => ({kind: "refused", reason, detail: ""});
const signed: SignOutcome = {kind: "signed", signature: signature(1), signingRoot: root(1), signedMs: 0};

describe("OldSourceQuestion", () => {
  async function setUp() {
    const [log, protection] = [new FakeLog(), new MemorySlashingProtection()];
    for (const index of [1, 2]) {
      const vote = {sourceEpoch: epoch(15), targetEpoch: epoch(16), signingRoot: root(3)};
      await protection.recordAttestation(pubkey(index), vote);
    }
    const question = new OldSourceQuestion({protection, log});
    const look = (source: number, ...outcomes: SignOutcome[]) =>
      question.look(
        epoch(source),
        outcomes.map((outcome, at) => ({duty: duty(at + 1, 140), outcome})),
      );
    return {log, protection, look};
  }

  it("asks once when the nodes justify less than was voted from, whatever keys and epochs follow", async () => {
    const {log, look} = await setUp();
    await look(12, refused("SURROUNDING_VOTE"), refused("SURROUNDING_VOTE"));
    await look(13, refused("SURROUNDING_VOTE"), refused("SOURCE_BELOW_MINIMUM"));
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? "", /^error the beacon nodes' justified epoch 12 is older than 15, .*validator 1 /);
    assert.match(log.lines[0] ?? "", /right chain, or still syncing\?/);
  });

  it("asks again once it was over", async () => {
    const {log, look} = await setUp();
    await look(12, refused("SOURCE_BELOW_MINIMUM"));
    await look(15, signed);
    await look(14, refused("SURROUNDING_VOTE"));
    assert.equal(log.lines.length, 2);
  });

  it("says nothing of other refusals, of votes that were signed, or of a source that is no older", async () => {
    const {log, look} = await setUp();
    await look(12, signed, refused("DOUBLE_VOTE"));
    await look(15, refused("SURROUNDING_VOTE"));
    assert.deepEqual(log.lines, []);
  });

  it("does not fail with the store", async () => {
    const {log, protection, look} = await setUp();
    protection.newest = async () => {
      throw new Error("disk full");
    };
    await look(12, refused("SURROUNDING_VOTE"));
    assert.deepEqual(log.lines, ["debug newest record not read"]);
  });
});
