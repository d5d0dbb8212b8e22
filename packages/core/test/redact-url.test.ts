import assert from "node:assert/strict";
import {redactUrl} from "../src/redact-url.ts";

describe("redactUrl", () => {
  it("keeps scheme, host and port only", () => {
    assert.equal(redactUrl("http://localhost:5052"), "http://localhost:5052");
    assert.equal(redactUrl("https://me:pw@host:1/key?x=1"), "https://***@host:1/…");
    assert.equal(redactUrl("https://host/v1/key"), "https://host/…");
    assert.equal(redactUrl("http://a:b/c@d@host"), "http://***@host");
    assert.equal(redactUrl("nonsense\nmore?"), "nonsense\nmore/…");
  });
});
