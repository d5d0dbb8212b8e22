import assert from "node:assert/strict";
import {networksChainConfig} from "@lodestar/config/networks";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {bytesToHex, type Epoch, type Slot} from "@mote/core";
import type {DevnetFork} from "../../src/chain/types.ts";
import {DevnetChain} from "../../src/chain.ts";
import {createDevnetConfig} from "../../src/genesis.ts";
import {GENESIS_TIME_SEC, testChain, testKeys} from "./support.ts";

describe("devnet genesis", () => {
  for (const fork of ["fulu", "gloas"] as const) {
    it(`is the same each time under ${fork}, and another with another time`, () => {
      const create = (genesisTimeSec: number) =>
        DevnetChain.create({validators: 16, genesisTimeSec, fork, secondsPerSlot: 2}, {keys: testKeys(16)}).genesis;
      assert.deepEqual(create(GENESIS_TIME_SEC), create(GENESIS_TIME_SEC));
      assert.notEqual(create(GENESIS_TIME_SEC + 1).blockRoot, create(GENESIS_TIME_SEC).blockRoot);
    });
  }

  it("gives every validator one duty an epoch", () => {
    const chain = testChain();
    chain.onSlot(0 as Slot);
    for (const epoch of [0, 1] as Epoch[]) {
      const voters = (chain.committees(epoch) ?? []).flatMap(({validators}) => validators).sort((a, b) => a - b);
      assert.deepEqual(
        voters,
        chain.pubkeys.map((_, index) => index),
      );
    }
    const duties = chain.attesterDuties(0 as Epoch, chain.committees(0 as Epoch)?.[0]?.validators ?? []);
    assert.deepEqual(
      duties?.map((duty) => duty.validatorCommitteeIndex),
      [0, 1, 2, 3],
    );
    assert.equal(duties?.[0]?.pubkey, chain.pubkeys[duties?.[0]?.validatorIndex ?? -1]);
  });

  it("has fork versions of no public network", () => {
    const config = createDevnetConfig({fork: "gloas", secondsPerSlot: 2});
    const own = Object.values(config.forks).map(({version}) => bytesToHex(version));
    assert.equal(new Set(own).size, own.length);
    const versionsOf = (network: object) =>
      Object.entries(network).flatMap(([name, value]) => (name.endsWith("_FORK_VERSION") ? [bytesToHex(value)] : []));
    const others = Object.values(networksChainConfig).flatMap(versionsOf);
    assert.ok(others.length > 0);
    assert.deepEqual(
      own.filter((version) => others.includes(version)),
      [],
    );
  });

  it("puts the forks where they are asked for", () => {
    const epochOf = (fork: DevnetFork) => createDevnetConfig({fork, secondsPerSlot: 3}).GLOAS_FORK_EPOCH;
    assert.deepEqual(
      [epochOf("fulu"), epochOf("gloas"), epochOf({gloasEpoch: 7 as Epoch})],
      [Number.POSITIVE_INFINITY, 0, 7],
    );
    assert.equal(createDevnetConfig({fork: "fulu", secondsPerSlot: 3}).SLOT_DURATION_MS, 3000);
  });

  it("refuses what it cannot do", () => {
    assert.throws(() => createDevnetConfig({fork: "fulu", secondsPerSlot: 0.5}), /whole number/);
    assert.throws(() => testChain("fulu", SLOTS_PER_EPOCH - 1), /validators must be from 8/);
  });
});
