import assert from "node:assert/strict";
import {columns} from "../../src/screen/columns.ts";

const ROWS = [
  ["name", "state", "a longer last cell"],
  ["bn0", "ready", "short"],
];

describe("columns", () => {
  const aligned = "  name  state  a longer last cell\n  bn0   ready  short\n";

  it("are aligned where every line fits", () => {
    assert.equal(columns(ROWS), aligned);
    assert.equal(columns(ROWS, aligned.indexOf("\n")), aligned);
  });

  it("are broken between cells where one does not", () => {
    const broken = "  name  state\n    a longer last cell\n  bn0  ready  short\n";
    assert.equal(columns(ROWS, aligned.indexOf("\n") - 1), broken);
    assert.equal(columns([["a", "b", "three words here"]], 15), "  a  b\n    three words\n    here\n");
    assert.equal(columns([["x".repeat(30), "", "y"]], 20), `  ${"x".repeat(30)}\n    y\n`);
  });
});
