import assert from "node:assert/strict";
import {JsonLines} from "../../src/devnet/json-lines.ts";

function read(...pieces: string[]) {
  const objects: unknown[] = [];
  const others: string[] = [];
  const lines = new JsonLines({onObject: (object) => objects.push(object), onOther: (line) => others.push(line)});
  for (const piece of pieces) lines.push(piece);
  return {objects, others};
}

describe("JsonLines", () => {
  it("puts lines together from pieces", () => {
    assert.deepEqual(read('{"a":', '1}\n{"b":2}', "\n\n").objects, [{a: 1}, {b: 2}]);
  });

  it("hands on what is no JSON object as it is", () => {
    assert.deepEqual(read("Error: x\n[1]\nnull\n5\n").others, ["Error: x", "[1]", "null", "5"]);
  });

  it("drops a line that does not end, and goes on after it", () => {
    const big = "x".repeat(600_000);
    const {objects, others} = read(big, big, big, 'x\n{"a":1}\n');
    assert.deepEqual(objects, [{a: 1}]);
    assert.deepEqual(others, []);
  });
});
