import assert from "node:assert/strict";
import {chainConfigFromSpec, ownSpecValues} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";
import {admit, type JoinedChain, joinChain, type NodeChain} from "../../src/chain/chain-identity.ts";
import {expectedChain} from "../../src/chain/expected-chain.ts";
import {NETWORK_FACTS} from "../../src/config/index.ts";

const root = (digit: string) => `0x${digit.repeat(64)}` as Root;
const BASE = {
  PRESET_BASE: "minimal",
  CONFIG_NAME: "test",
  FULU_FORK_EPOCH: "0",
  GLOAS_FORK_EPOCH: "9",
  DEPOSIT_CHAIN_ID: "77",
};

function nodeChain(over: Partial<NodeChain> = {}, spec: Record<string, unknown> = {}): NodeChain {
  const config = chainConfigFromSpec(BASE);
  return {
    spec: {...ownSpecValues(config), ...spec},
    genesisTimeSec: 1000,
    genesisValidatorsRoot: root("a"),
    genesisForkVersion: `0x${Buffer.from(config.GENESIS_FORK_VERSION).toString("hex")}`,
    depositContract: {chainId: 77, address: `0x${Buffer.from(config.DEPOSIT_CONTRACT_ADDRESS).toString("hex")}`},
    ...over,
  };
}
const OPEN = {chainConfig: null, fixed: {}, genesisValidatorsRoot: null, genesisTimeSec: null};
const chain = joinChain(OPEN, nodeChain(), "minimal") as JoinedChain;
const verdict = (node: NodeChain, epoch = 3) => admit(chain, node, epoch as Epoch);

describe("chain identity", () => {
  it("admits a node that says the same, and one that leaves values out", () => {
    assert.deepEqual(verdict(nodeChain()), {kind: "admitted", warnings: [], untilEpoch: null});
    assert.equal(verdict(nodeChain({spec: {}})).kind, "admitted");
  });

  for (const [name, node] of [
    ["genesis_validators_root", nodeChain({genesisValidatorsRoot: root("b")})],
    ["genesis_time", nodeChain({genesisTimeSec: 1001})],
    ["genesis_fork_version", nodeChain({genesisForkVersion: "0x99999999"})],
    ["deposit contract's chain_id", nodeChain({depositContract: {...nodeChain().depositContract, chainId: 1}})],
    ["FULU_FORK_VERSION", nodeChain({}, {FULU_FORK_VERSION: "0x12345678"})],
    ["SLOT_DURATION_MS", nodeChain({}, {SLOT_DURATION_MS: "12000"})],
    ["SECONDS_PER_SLOT", nodeChain({}, {SECONDS_PER_SLOT: "12"})],
    ["SLOTS_PER_EPOCH", nodeChain({}, {SLOTS_PER_EPOCH: "32"})],
    ["MAX_COMMITTEES_PER_SLOT", nodeChain({}, {MAX_COMMITTEES_PER_SLOT: "64"})],
    ["FULU_FORK_EPOCH", nodeChain({}, {FULU_FORK_EPOCH: "1"})],
  ] as const) {
    it(`refuses a node with another ${name}, naming it`, () => {
      const result = verdict(node);
      assert.equal(result.kind, "wrong_chain");
      assert.ok(result.kind === "wrong_chain" && result.detail.startsWith(`${name} is `), JSON.stringify(result));
    });
  }

  it("admits another epoch for a fork to come, until the earlier of both", () => {
    const later = nodeChain({}, {GLOAS_FORK_EPOCH: "12"});
    const result = verdict(later);
    assert.ok(result.kind === "admitted" && result.untilEpoch === 9 && result.warnings.length === 1);
    assert.equal(verdict(later, 9).kind, "wrong_chain");
  });

  it("only warns of what does not touch a signature", () => {
    const result = verdict(nodeChain({}, {ATTESTATION_DUE_BPS: "4000", CONFIG_NAME: "other"}));
    assert.ok(result.kind === "admitted" && result.warnings.every(({effect}) => effect.kind === "warn"));
    assert.equal(result.kind === "admitted" && result.warnings.length, 2);
  });

  it("refuses another preset before it reads the rest", () => {
    const result = joinChain(OPEN, nodeChain({}, {PRESET_BASE: "mainnet"}), "minimal");
    assert.deepEqual(result, {kind: "wrong_chain", detail: "PRESET_BASE is mainnet there and minimal here"});
  });
});

describe("mainnet", () => {
  const genesisValidatorsRoot = NETWORK_FACTS.mainnet.genesisValidatorsRoot as Root;

  it("is not joined because the beacon nodes of a devnet are on it", () => {
    const result = joinChain(OPEN, nodeChain({genesisValidatorsRoot}), "minimal");
    assert.ok("kind" in result && /mainnet/.test(result.detail), JSON.stringify(result));
  });

  it("is joined by its name", () => {
    const expected = expectedChain({kind: "known", name: "mainnet"});
    assert.ok(!("kind" in joinChain(expected, nodeChain({genesisValidatorsRoot}), "mainnet")));
  });
});

describe("a network that begins anew", () => {
  const ephemery = expectedChain({kind: "known", name: "ephemery"});
  // Configs can be made for the preset of this process only.
  const expected = {...ephemery, fixed: {...ephemery.fixed, PRESET_BASE: "minimal"}};
  const node = (over: Record<string, string> = {}) =>
    nodeChain(
      {},
      {...expected.fixed, DEPOSIT_CHAIN_ID: "39438165", GLOAS_FORK_EPOCH: "100", SECONDS_PER_SLOT: "12", ...over},
    );

  it("takes chain id, fork schedule and genesis from the beacon node", () => {
    const joined = joinChain(expected, node(), "minimal");
    assert.ok(!("kind" in joined));
    assert.equal(joined.chainConfig.DEPOSIT_CHAIN_ID, 39438165);
    assert.equal(joined.chainConfig.GLOAS_FORK_EPOCH, 100);
    assert.equal(joined.chainConfig.SLOT_DURATION_MS, 12_000);
    assert.deepEqual([joined.genesisValidatorsRoot, joined.genesisTimeSec], [root("a"), 1000]);
  });

  it("keeps to its own values where the node says nothing", () => {
    const joined = joinChain(expected, nodeChain({spec: {}}), "minimal");
    assert.ok(!("kind" in joined));
    assert.equal(Buffer.from(joined.chainConfig.FULU_FORK_VERSION).toString("hex"), "7000101b");
  });

  for (const name of ["GENESIS_FORK_VERSION", "FULU_FORK_VERSION", "SLOT_DURATION_MS", "DEPOSIT_CONTRACT_ADDRESS"]) {
    it(`refuses a node with another ${name}`, () => {
      const other = name === "SLOT_DURATION_MS" ? "6000" : `0x${"12".repeat(name.endsWith("VERSION") ? 4 : 20)}`;
      const result = joinChain(expected, node({[name]: other}), "minimal");
      assert.ok("kind" in result && result.detail.startsWith(`${name} is ${other} there`), JSON.stringify(result));
    });
  }
});

describe("plataberget", () => {
  it("leaves its genesis validators root to the beacon node, and nothing else", () => {
    const expected = expectedChain({kind: "known", name: "plataberget"});
    assert.equal(expected.genesisValidatorsRoot, null);
    assert.equal(expected.genesisTimeSec, Date.UTC(2026, 7, 13, 12) / 1000);
    const joined = joinChain(expected, nodeChain({}, {GLOAS_FORK_EPOCH: "5"}), "mainnet");
    assert.ok(!("kind" in joined));
    assert.equal(joined.chainConfig.GLOAS_FORK_EPOCH, 1536);
    assert.equal(joined.chainConfig.DEPOSIT_CHAIN_ID, 7_091_047_534);
    assert.equal(joined.chainConfig.SLOT_DURATION_MS, 12_000);
  });
});
