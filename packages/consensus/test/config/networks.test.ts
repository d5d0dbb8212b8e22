import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {KNOWN_NETWORK_NAMES, knownNetwork} from "../../src/config/networks.ts";

describe("knownNetwork", () => {
  it("leaves open what is not known beforehand, and nothing else", () => {
    const open = KNOWN_NETWORK_NAMES.filter((name) => knownNetwork(name).genesisValidatorsRoot === null);
    assert.deepEqual(open, ["ephemery", "plataberget"]);
    const withoutConfig = KNOWN_NETWORK_NAMES.filter((name) => knownNetwork(name).chainConfig === null);
    assert.deepEqual(withoutConfig, ["ephemery"]);
  });

  it("has of ephemery what the resets leave, and no value that the machine's clock has a part in", () => {
    const {spec} = knownNetwork("ephemery");
    assert.deepEqual(spec, {
      PRESET_BASE: "mainnet",
      SLOT_DURATION_MS: "12000",
      GENESIS_FORK_VERSION: "0x1000101b",
      ALTAIR_FORK_VERSION: "0x2000101b",
      BELLATRIX_FORK_VERSION: "0x3000101b",
      CAPELLA_FORK_VERSION: "0x4000101b",
      DENEB_FORK_VERSION: "0x5000101b",
      ELECTRA_FORK_VERSION: "0x6000101b",
      FULU_FORK_VERSION: "0x7000101b",
      DEPOSIT_CONTRACT_ADDRESS: "0x00000000219ab540356cbb839cbe05303d7705fa",
    });
  });

  it("has plataberget's forks over mainnet's rules", () => {
    const {chainConfig} = knownNetwork("plataberget");
    assert.ok(chainConfig !== null);
    assert.equal(Buffer.from(chainConfig.GLOAS_FORK_VERSION).toString("hex"), "80733183");
    assert.deepEqual([chainConfig.FULU_FORK_EPOCH, chainConfig.GLOAS_FORK_EPOCH], [0, 1536]);
    assert.deepEqual(chainConfig.BLOB_SCHEDULE, [{EPOCH: 0, MAX_BLOBS_PER_BLOCK: 21}]);
    assert.equal(chainConfig.SLOT_DURATION_MS, knownNetwork("mainnet").chainConfig?.SLOT_DURATION_MS);
  });

  it("has gnosis' slots of five seconds", () => {
    for (const name of ["gnosis", "chiado"] as const)
      assert.equal(knownNetwork(name).chainConfig?.SLOT_DURATION_MS, 5_000, name);
  });

  it("agrees with the SSZ types of the network's preset", () => {
    // Of the networks that share mainnet's preset one stands for all.
    for (const [preset, names, slots] of [
      ["gnosis", ["gnosis", "chiado"], 16],
      ["mainnet", ["hoodi", "plataberget"], 32],
    ] as const) {
      const script = `
        import {compareSpec, createNetworkConfig, knownNetwork, ownSpecValues, SLOTS_PER_EPOCH} from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
        for (const name of ${JSON.stringify(names)}) {
          const {chainConfig} = knownNetwork(name);
          createNetworkConfig(chainConfig, "0x" + "11".repeat(32));
          const differences = compareSpec(chainConfig, ownSpecValues(chainConfig), 0);
          if (differences.length > 0 || SLOTS_PER_EPOCH !== ${slots}) throw new Error(name + JSON.stringify(differences));
        }`;
      const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
        encoding: "utf8",
        env: {...process.env, LODESTAR_PRESET: preset},
        timeout: 30_000,
      });
      assert.equal(run.status, 0, run.stderr);
    }
  }).timeout(60_000);
});
