import assert from "node:assert/strict";
import {bootNodesOf} from "../../src/config/boot-nodes.ts";
import {KNOWN_NETWORK_NAMES} from "../../src/config/networks.ts";

/** EIP-778: a record is at most 300 bytes. */
const RECORD_SIZE_BYTES_MAX = 300;

describe("bootNodesOf", () => {
  it("knows some for the networks whose maintainers publish them", () => {
    const without = KNOWN_NETWORK_NAMES.filter((name) => bootNodesOf(name).length === 0);
    assert.deepEqual(without, ["gnosis", "chiado", "plataberget"]);
  });

  it("has records alone, each once in all networks", () => {
    const records = KNOWN_NETWORK_NAMES.flatMap(bootNodesOf);
    for (const record of records) {
      assert.match(record, /^enr:[\w-]+$/);
      assert.ok(Buffer.from(record.slice(4), "base64url").length <= RECORD_SIZE_BYTES_MAX);
    }
    assert.equal(new Set(records).size, records.length);
  });
});
