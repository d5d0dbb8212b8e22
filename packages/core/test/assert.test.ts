import assert from "node:assert/strict";
import {assertNever} from "../src/assert.ts";
import {FAILURE_REASONS} from "../src/duty/failure-reason.ts";
import {REFUSAL_REASONS} from "../src/ports/slashing-protection.ts";

describe("assertNever", () => {
  it("names the value that should not have been", () => {
    assert.throws(() => assertNever({kind: "surprise"} as never), /unreachable: {"kind":"surprise"}/);
  });
});

describe("failure reasons", () => {
  it("are one list: each once, every refusal of slashing protection among them", () => {
    assert.equal(new Set(FAILURE_REASONS).size, FAILURE_REASONS.length);
    for (const reason of REFUSAL_REASONS) assert(FAILURE_REASONS.includes(reason), reason);
  });
});
