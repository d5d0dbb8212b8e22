import assert from "node:assert/strict";
import {type DevnetConfig, loadDevnetConfig} from "../../src/devnet/devnet-options.ts";

function config(...argv: string[]): DevnetConfig {
  const result = loadDevnetConfig(argv, () => null);
  return result.kind === "ok" ? result.config : assert.fail(result.problems.join("\n"));
}

function problem(...argv: string[]): string {
  const result = loadDevnetConfig(argv, () => null);
  return result.kind === "refused" ? result.problems.join("\n") : assert.fail("was accepted");
}

describe("loadDevnetConfig", () => {
  it("has the defaults of a calm run", () => {
    assert.deepEqual(config(), {
      validators: 64,
      genesisDeposits: [],
      secondsPerSlot: 2,
      fork: "fulu",
      epochs: null,
      beaconNodes: 1,
      builder: false,
      middleware: null,
      faults: [],
      restarts: [],
      dialects: [],
      p2p: false,
      p2pPort: 0,
      apiPort: 0,
      noNode: false,
      writeTestnet: null,
      json: false,
      datadir: null,
      genesisDelaySec: null,
    });
  });

  it("collects the files of deposits", () => {
    const {genesisDeposits} = config("--genesis-deposits", "a.json,b.json", "--genesis-deposits=c.json");
    assert.deepEqual(genesisDeposits, ["a.json", "b.json", "c.json"]);
    assert.match(problem("--genesis-deposits", "a.json,,b.json"), /names an empty file/);
  });

  it("collects faults and dialects in order", () => {
    const {faults, dialects, fork} = config(
      "--fault",
      "skip@3",
      "--dialect=bn0=prysm",
      "--fault=reorg@9",
      "--fork=gloas@2",
    );
    assert.deepEqual([faults, dialects, fork], [["skip@3", "reorg@9"], ["bn0=prysm"], "gloas@2"]);
  });

  it("takes a cluster and the restarts of its nodes, which are no faults of the chain", () => {
    const {middleware, faults, restarts} = config(
      ...["--middleware", "3-of-4", "--fault", "node3:restart@12", "--fault", "skip@3", "--fault=node0:restart@1"],
    );
    assert.deepEqual(middleware, {threshold: 3, operators: 4});
    assert.deepEqual(faults, ["skip@3"]);
    assert.deepEqual(restarts, [
      {node: 3, slot: 12},
      {node: 0, slot: 1},
    ]);
    assert.deepEqual(config("--fault", "node0:restart@9").restarts, [{node: 0, slot: 9}]);
  });

  it("refuses clusters whose halves could sign apart, and restarts of nodes that are not there", () => {
    for (const shape of ["2-of-4", "5-of-4", "5-of-9", "3of4", "0-of-0", "3-of-4x"]) {
      assert.match(problem("--middleware", shape), /--middleware: ".*" is not like 3-of-4: at most 8 nodes/, shape);
    }
    const cluster = ["--middleware", "3-of-4", "--fault"];
    assert.match(problem(...cluster, "node4:restart@3"), /there is no node4, they are node0 to node3/);
    assert.match(problem("--fault", "node1:restart@3"), /there is no node1, node0 is the only one/);
    assert.match(problem("--no-node", "--fault", "node0:restart@3"), /--no-node leaves them out/);
    for (const text of ["node1:restart", "node1:restart@0", "node1:down@3", "node:restart@3"]) {
      assert.match(problem(...cluster, text), /is not nodeN:restart@SLOT, with a slot from 1 on/, text);
    }
    assert.match(problem("--middleware", "3-of-4", "--no-node"), /leave --no-node out/);
  });

  it("reads the network of the beacon nodes", () => {
    const {p2p, p2pPort} = config("--p2p", "--p2p-port", "4000");
    assert.deepEqual([p2p, p2pPort], [true, 4000]);
  });

  it("refuses what makes no chain", () => {
    assert.match(problem("--validators", "7"), /--validators: "7" is not a whole number from 8 to 4096/);
    assert.match(problem("--seconds-per-slot", "0.5"), /--seconds-per-slot: "0.5"/);
    assert.match(problem("--fork", "phase0"), /is not fulu, gloas or gloas@EPOCH/);
    assert.match(problem("--genesis-delay", "1"), /from 3 to 3600/);
    assert.match(problem("--p2p-port", "4000"), /--p2p-port: there is no network without --p2p/);
    assert.match(problem("--fault"), /--fault needs <spec>/);
  });
});
