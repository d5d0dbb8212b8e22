import assert from "node:assert/strict";
import {checked, RefusedAnswerError} from "../../src/strategies/answer-check.ts";

describe("checked", () => {
  const refusal = {reason: "REFEREE_VETO", detail: "the source is another"} as const;

  it("tells the check who gave the answer, and counts and names a refused one", async () => {
    const asked: unknown[] = [];
    let refused = 0;
    const init = {beaconNode: "bn1", what: "attestation data"};
    const ask = async () => 7;
    const accepting = checked(
      ask,
      {
        ...init,
        check: (...args) => {
          asked.push(args);
          return null;
        },
      },
      () => refused++,
    );
    assert.equal(await accepting(new AbortController().signal), 7);
    assert.deepEqual(asked, [[7, "bn1"]]);
    const refusing = checked(ask, {...init, check: () => refusal}, () => refused++);
    await assert.rejects(refusing(new AbortController().signal), (error: RefusedAnswerError) => {
      assert.ok(error instanceof RefusedAnswerError);
      assert.deepEqual([error.beaconNode, error.refusal], ["bn1", refusal]);
      return true;
    });
    assert.equal(refused, 1);
  });
});
