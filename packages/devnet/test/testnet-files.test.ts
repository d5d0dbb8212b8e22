import {strict as assert} from "node:assert";
import {ssz} from "@lodestar/types";
import {rootToHex} from "@mote/core";
import {testnetFiles} from "../src/testnet-files.ts";
import {GENESIS_TIME_SEC, testChain} from "./chain/support.ts";

const textOf = (files: ReadonlyMap<string, string | Uint8Array>, name: string): string => {
  const content = files.get(name);
  return typeof content === "string" ? content : assert.fail(`no text in ${name}`);
};

describe("testnetFiles", () => {
  const chain = testChain("gloas");
  const files = testnetFiles(chain, "A title");
  const config = textOf(files, "config.yaml");

  it("has every value on a line of its own, plain as in the configs of the spec", () => {
    const [title, ...lines] = config.trimEnd().split("\n");
    assert.equal(title, "# A title");
    for (const line of lines) assert.match(line, /^[A-Z][A-Z0-9_]*: (\d+|0x[0-9a-f]+|'[a-z0-9-]+'|\[\])$/);
    for (const line of [
      "PRESET_BASE: 'minimal'",
      "CONFIG_NAME: 'mote-devnet'",
      "GENESIS_FORK_VERSION: 0x006d6f74",
      "GLOAS_FORK_EPOCH: 0",
      "HEZE_FORK_EPOCH: 18446744073709551615",
      "SLOT_DURATION_MS: 2000",
      "SECONDS_PER_SLOT: 2",
      "DEPOSIT_CONTRACT_ADDRESS: 0x1234567890123456789012345678901234567890",
      "ATTESTATION_SUBNET_PREFIX_BITS: 6",
      "BLOB_SCHEDULE: []",
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("leaves the preset to PRESET_BASE", () => {
    assert.doesNotMatch(config, /^SLOTS_PER_EPOCH:/m);
  });

  it("has the genesis state whole, and its facts as text", () => {
    const bytes = files.get("genesis.ssz");
    assert.ok(bytes instanceof Uint8Array);
    const state = ssz.gloas.BeaconState.deserialize(bytes);
    assert.equal(state.genesisTime, GENESIS_TIME_SEC);
    assert.equal(state.validators.length, 64);
    assert.equal(rootToHex(ssz.gloas.BeaconState.hashTreeRoot(state)), chain.block(chain.genesis.blockRoot)?.stateRoot);
    assert.equal(textOf(files, "genesis_validators_root.txt"), `${rootToHex(state.genesisValidatorsRoot)}\n`);
    assert.equal(textOf(files, "deposit_contract_block.txt"), "0\n");
  });
});
