import assert from "node:assert/strict";
import {nearest} from "../src/nearest.ts";

describe("nearest", () => {
  const flags = ["--beacon-nodes", "--network", "--metrics", "--metrics-port"];

  it("finds what a slip was meant to be", () => {
    assert.equal(nearest("--beacon-nods", flags), "--beacon-nodes");
    assert.equal(nearest("--beaconNodes", flags), "--beacon-nodes");
    assert.equal(nearest("--netwrok", flags), "--network");
    assert.equal(nearest("--metric", flags), "--metrics");
    assert.equal(nearest("MOTE_NETWORKS", ["MOTE_NETWORK", "MOTE_DATADIR"]), "MOTE_NETWORK");
  });

  it("says nothing where nothing is near", () => {
    assert.equal(nearest("--graffiti", flags), null);
    assert.equal(nearest("--x", flags), null);
    assert.equal(nearest("--network", []), null);
  });
});
