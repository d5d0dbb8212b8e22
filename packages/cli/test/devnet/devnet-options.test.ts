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
      secondsPerSlot: 2,
      fork: "fulu",
      epochs: null,
      beaconNodes: 1,
      faults: [],
      dialects: [],
      apiPort: 0,
      noNode: false,
      writeTestnet: null,
      json: false,
      datadir: null,
      genesisDelaySec: null,
    });
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

  it("refuses what makes no chain", () => {
    assert.match(problem("--validators", "7"), /--validators: "7" is not a whole number from 8 to 16384/);
    assert.match(problem("--seconds-per-slot", "0.5"), /--seconds-per-slot: "0.5"/);
    assert.match(problem("--fork", "phase0"), /is not fulu, gloas or gloas@EPOCH/);
    assert.match(problem("--genesis-delay", "1"), /from 3 to 3600/);
    assert.match(problem("--fault"), /--fault needs <spec>/);
  });
});
