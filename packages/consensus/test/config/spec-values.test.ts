import assert from "node:assert/strict";
import {bytesToHex} from "@mote/core";
import {knownNetwork} from "../../src/config/networks.ts";
import {chainConfigFromSpec, ownSpecValues, presetValueNames} from "../../src/config/spec-values.ts";

describe("chainConfigFromSpec", () => {
  it("takes what is named and leaves the rest at its default", () => {
    const config = chainConfigFromSpec({GLOAS_FORK_EPOCH: "7", GLOAS_FORK_VERSION: "0x07000009"});
    assert.equal(config.GLOAS_FORK_EPOCH, 7);
    assert.equal(bytesToHex(config.GLOAS_FORK_VERSION), "0x07000009");
    assert.equal(config.ATTESTATION_DUE_BPS, 3333);
  });

  it("reads 2^64−1 as never, and ignores names that it does not know", () => {
    const config = chainConfigFromSpec({GLOAS_FORK_EPOCH: "18446744073709551615", FIELD_OF_TOMORROW: ["?"]});
    assert.equal(config.GLOAS_FORK_EPOCH, Number.POSITIVE_INFINITY);
  });

  it("takes the slot time in seconds from older clients, and milliseconds where both are there", () => {
    assert.equal(chainConfigFromSpec({SECONDS_PER_SLOT: "5"}).SLOT_DURATION_MS, 5000);
    assert.equal(chainConfigFromSpec({SECONDS_PER_SLOT: "5", SLOT_DURATION_MS: "4500"}).SLOT_DURATION_MS, 4500);
  });

  it("takes back what ownSpecValues wrote", () => {
    const config = chainConfigFromSpec({CONFIG_NAME: "mine", FULU_FORK_EPOCH: "3", SLOT_DURATION_MS: "2000"});
    assert.deepEqual(chainConfigFromSpec(ownSpecValues(config)), config);
  });

  for (const [name, value] of [
    ["GLOAS_FORK_EPOCH", "soon"],
    ["GLOAS_FORK_EPOCH", "-1"],
    ["FULU_FORK_EPOCH", "9007199254740992"],
    ["SLOT_DURATION_MS", "1.5"],
    ["SLOT_DURATION_MS", null],
    ["SECONDS_PER_SLOT", {}],
    ["TERMINAL_TOTAL_DIFFICULTY", "1e9"],
    ["GENESIS_FORK_VERSION", "00000001"],
    ["DEPOSIT_CONTRACT_ADDRESS", "0x123"],
    ["CONFIG_NAME", "n".repeat(257)],
    ["BLOB_SCHEDULE", "none"],
  ] as const) {
    it(`names ${name} when it is ${JSON.stringify(value).slice(0, 30)}`, () => {
      assert.throws(() => chainConfigFromSpec({[name]: value}), {name: "InvalidValueError", message: new RegExp(name)});
    });
  }
});

describe("presetValueNames", () => {
  it("has what the SSZ types are made of, and nothing of the chain's config", () => {
    assert(presetValueNames().has("SLOTS_PER_EPOCH"));
    assert(presetValueNames().has("SYNC_COMMITTEE_SIZE"));
    assert(!presetValueNames().has("SLOT_DURATION_MS"));
  });
});

describe("knownNetwork", () => {
  it("has the genesis that the public networks have", () => {
    const {genesisValidatorsRoot, genesisTimeSec, chainConfig} = knownNetwork("hoodi");
    assert.equal(genesisValidatorsRoot, "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f");
    assert.equal(genesisTimeSec, 1742213400);
    assert.equal(chainConfig === null ? null : bytesToHex(chainConfig.GENESIS_FORK_VERSION), "0x10000910");
    assert.equal(
      knownNetwork("sepolia").genesisValidatorsRoot,
      "0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078",
    );
  });
});
