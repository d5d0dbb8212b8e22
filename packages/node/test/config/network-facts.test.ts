import assert from "node:assert/strict";
import {KNOWN_NETWORK_NAMES, knownNetwork} from "@mote/consensus";
import {bytesToHex} from "@mote/core";
import {NETWORK_FACTS, NETWORK_NAMES} from "../../src/config/index.ts";

describe("NETWORK_FACTS", () => {
  it("has every network whose chain is known", () => {
    assert.deepEqual([...NETWORK_NAMES].sort(), [...KNOWN_NETWORK_NAMES].sort());
    assert.deepEqual(Object.keys(NETWORK_FACTS), [...NETWORK_NAMES]);
  });

  for (const name of NETWORK_NAMES) {
    it(`says of ${name} what the chain's own configuration says`, () => {
      const facts = NETWORK_FACTS[name];
      const network = knownNetwork(name);
      const {spec} = network;
      assert.equal(facts.preset, spec.PRESET_BASE);
      assert.equal(facts.genesisForkVersion, spec.GENESIS_FORK_VERSION);
      assert.equal(facts.capellaForkVersion, spec.CAPELLA_FORK_VERSION);
      assert.equal(facts.depositContract, String(spec.DEPOSIT_CONTRACT_ADDRESS).toLowerCase());
      assert.equal(facts.executionChainId, spec.DEPOSIT_CHAIN_ID === undefined ? null : Number(spec.DEPOSIT_CHAIN_ID));
      assert.equal(facts.genesisValidatorsRoot, network.genesisValidatorsRoot);
      if (network.chainConfig !== null)
        assert.equal(bytesToHex(network.chainConfig.GENESIS_FORK_VERSION), facts.genesisForkVersion);
    });
  }
});
