import assert, {AssertionError} from "node:assert/strict";
import {type ContractCheck, runCheck, type SetUp, type UnderTest} from "../../src/contract/contract.ts";

export {override} from "../../src/contract/override.ts";

/** By the name of a check: a subject that is right but for what this check has to catch. Every check has one. */
export function declareFlaws<S extends UnderTest>(
  checks: readonly ContractCheck<S>[],
  flaws: Readonly<Record<string, SetUp<S>>>,
): void {
  for (const [name, setUp] of Object.entries(flaws)) {
    it(`can fail: ${name}`, async () => {
      const check = checks.find((one) => one.name === name);
      assert.ok(check !== undefined, "the suite has no such check");
      await assert.rejects(runCheck(check, setUp), AssertionError);
    });
  }

  it("has no check that nothing was seen to break", () => {
    const untried = checks.map(({name}) => name).filter((name) => flaws[name] === undefined);
    assert.deepEqual(untried, []);
  });
}
