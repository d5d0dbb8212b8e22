import assert from "node:assert/strict";
import {cleanAgent} from "../../src/agent.ts";

describe("cleanAgent", () => {
  it("leaves what can be printed, and not much of it", () => {
    assert.equal(cleanAgent("Lighthouse/v8.0.0/x86_64-linux"), "Lighthouse/v8.0.0/x86_64-linux");
    assert.equal(cleanAgent("\u001b[31mred\n"), "[31mred");
    assert.equal(cleanAgent("x".repeat(1_000_000))?.length, 100);
    for (const nothing of [undefined, "", "  ", "\u0000\u202e"]) assert.equal(cleanAgent(nothing), null);
  });
});
