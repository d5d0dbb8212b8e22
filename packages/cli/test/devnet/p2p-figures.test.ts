import assert from "node:assert/strict";
import {joinP2pFigures, NO_P2P_FIGURES, readP2pFigures} from "../../src/devnet/p2p-figures.ts";

describe("what micro-nodes say of their peers", () => {
  const vetoes = {source: 1, target: 2, head: 3};
  const said = {peers: 3, echoRate: 1, lightClientFinalizedEpoch: 4, vetoes, notProvable: 5};

  it("is read from their lines, and from no others", () => {
    assert.deepEqual(readP2pFigures({event: "p2p", slot: 7, ...said}), said);
    assert.equal(readP2pFigures({event: "slot", ...said}), null);
  });

  it("is nothing where a line holds nonsense", () => {
    assert.deepEqual(readP2pFigures({event: "p2p", peers: "3", echoRate: Number.NaN, vetoes: null}), NO_P2P_FIGURES);
  });

  it("is of a cluster's worst node, with the vetoes of all", () => {
    const other = {...said, peers: 1, lightClientFinalizedEpoch: null};
    const joined = joinP2pFigures([said, other]);
    assert.deepEqual(joined, {
      peers: 1,
      echoRate: 1,
      lightClientFinalizedEpoch: 4,
      vetoes: {source: 2, target: 4, head: 6},
      notProvable: 10,
    });
    assert.deepEqual(joinP2pFigures([]), NO_P2P_FIGURES);
  });
});
