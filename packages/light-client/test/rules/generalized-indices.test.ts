import assert from "node:assert/strict";
import {createChainConfig} from "@lodestar/config";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import {createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import type {Root} from "@mote/core";
import {
  currentSyncCommitteeGindex,
  executionBlockHashGindex,
  finalizedRootGindex,
  nextSyncCommitteeGindex,
} from "../../src/rules/generalized-indices.ts";
import {depthOf} from "../../src/rules/merkle-branch.ts";

const gindexIn = (type: {getPathInfo(path: string[]): {gindex: bigint}}, path: string[]): number =>
  Number(type.getPathInfo(path).gindex);

/** One fork an epoch. */
const FORKS = ["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu", "gloas"] as const;
const slotOf = (fork: (typeof FORKS)[number]): number => FORKS.indexOf(fork) * SLOTS_PER_EPOCH;

describe("generalized indices", () => {
  const config: NetworkConfig = createNetworkConfig(
    createChainConfig(
      Object.fromEntries(FORKS.slice(1).map((fork, at) => [`${fork.toUpperCase()}_FORK_EPOCH`, at + 1])),
    ),
    `0x${"00".repeat(32)}` as Root,
  );

  for (const fork of FORKS.slice(1) as Exclude<(typeof FORKS)[number], "phase0">[]) {
    it(`are those of ${fork}'s types`, () => {
      const state = ssz[fork].BeaconState;
      const slot = slotOf(fork);
      assert.equal(finalizedRootGindex(config, slot), gindexIn(state, ["finalizedCheckpoint", "root"]));
      assert.equal(currentSyncCommitteeGindex(config, slot), gindexIn(state, ["currentSyncCommittee"]));
      assert.equal(nextSyncCommitteeGindex(config, slot), gindexIn(state, ["nextSyncCommittee"]));
    });

    it(`give the lengths of ${fork}'s branches`, () => {
      const {LightClientBootstrap, LightClientUpdate} =
        ssz[fork === "fulu" ? "electra" : fork === "bellatrix" ? "altair" : fork];
      const slot = slotOf(fork);
      assert.equal(depthOf(finalizedRootGindex(config, slot)), LightClientUpdate.fields.finalityBranch.length);
      assert.equal(
        depthOf(nextSyncCommitteeGindex(config, slot)),
        LightClientUpdate.fields.nextSyncCommitteeBranch.length,
      );
      const {currentSyncCommitteeBranch} = LightClientBootstrap.fields;
      assert.equal(depthOf(currentSyncCommitteeGindex(config, slot)), currentSyncCommitteeBranch.length);
    });
  }

  it("find the execution block hash in the bodies", () => {
    const ofPayload = ["executionPayload", "blockHash"];
    assert.equal(executionBlockHashGindex(config, slotOf("bellatrix")), null);
    assert.equal(executionBlockHashGindex(config, slotOf("capella")), gindexIn(ssz.capella.BeaconBlockBody, ofPayload));
    for (const fork of ["deneb", "electra", "fulu"] as const)
      assert.equal(executionBlockHashGindex(config, slotOf(fork)), gindexIn(ssz[fork].BeaconBlockBody, ofPayload));
    assert.equal(
      executionBlockHashGindex(config, slotOf("gloas")),
      gindexIn(ssz.gloas.BeaconBlockBody, ["signedExecutionPayloadBid", "message", "parentBlockHash"]),
    );
  });

  it("are the numbers of the specs for Fulu and Gloas", () => {
    const numbersAt = (slot: number) => [
      finalizedRootGindex(config, slot),
      currentSyncCommitteeGindex(config, slot),
      nextSyncCommitteeGindex(config, slot),
    ];
    assert.deepEqual(numbersAt(slotOf("fulu")), [169, 86, 87]);
    assert.deepEqual(numbersAt(slotOf("gloas")), [735, 2945, 2946]);
  });
});
