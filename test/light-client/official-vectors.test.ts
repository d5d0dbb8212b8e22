import {strict as assert} from "node:assert";
import {hexToBytes, type Root} from "@mote/core";
import {isBetterUpdate, upgradeUpdate} from "@mote/light-client";
import {
  currentSyncCommitteeGindex,
  executionBlockHashGindex,
  finalizedRootGindex,
  nextSyncCommitteeGindex,
} from "../../packages/light-client/src/rules/generalized-indices.ts";
import {isValidNormalizedMerkleBranch} from "../../packages/light-client/src/rules/merkle-branch.ts";
import {forEachCase, typesOf, type VectorCase} from "./support/official-vectors.ts";
import {playSyncCase} from "./support/sync-case-player.ts";

const NO_ROOT = `0x${"00".repeat(32)}` as Root;
const SLOT = 8;

describe("official light-client vectors", () => {
  describe("single_merkle_proof", () => forEachCase("single_merkle_proof", checkProof));
  describe("update_ranking", () => forEachCase("update_ranking", checkRanking));
  describe("sync", () => forEachCase("sync", playSyncCase));
});

interface Proof {
  readonly leaf: string;
  readonly leaf_index: string;
  readonly branch: readonly string[];
}

function checkProof(vector: VectorCase): void {
  const config = vector.config(NO_ROOT);
  const {leaf, leaf_index, branch} = vector.yaml<Proof>("proof");
  const gindex = Number(leaf_index);
  const ours: Record<string, number | null> = {
    current_sync_committee_merkle_proof: currentSyncCommitteeGindex(config, SLOT),
    next_sync_committee_merkle_proof: nextSyncCommitteeGindex(config, SLOT),
    finality_root_merkle_proof: finalizedRootGindex(config, SLOT),
    execution_block_hash_merkle_proof: executionBlockHashGindex(config, SLOT),
    // Ours goes on from the payload to the hash in it.
    execution_merkle_proof: Math.floor((executionBlockHashGindex(config, SLOT) ?? 0) / payloadWidth(vector)),
  };
  assert.equal(ours[vector.name], gindex);
  const type = {BeaconState: typesOf(vector.fork).BeaconState, BeaconBlockBody: typesOf(vector.fork).BeaconBlockBody}[
    vector.suite
  ];
  assert(type !== undefined, vector.suite);
  const root = type.deserializeToView(vector.ssz("object")).hashTreeRoot();
  const nodes = branch.map((node) => hexToBytes(node));
  assert.equal(isValidNormalizedMerkleBranch(hexToBytes(leaf), nodes, gindex, root), true);
  const others = [...nodes.slice(0, -1), new Uint8Array(32).fill(7)];
  assert.equal(isValidNormalizedMerkleBranch(hexToBytes(leaf), others, gindex, root), false);
}

/** Leaves below the execution payload. */
const payloadWidth = ({fork}: VectorCase): number => (fork === "capella" ? 16 : 32);

function checkRanking(vector: VectorCase): void {
  const config = vector.config(NO_ROOT);
  const {LightClientUpdate} = typesOf(vector.fork);
  const {updates_count} = vector.yaml<{readonly updates_count: string}>("meta");
  const updates = Array.from({length: Number(updates_count)}, (_, at) => {
    const upgraded = upgradeUpdate(config, LightClientUpdate.deserialize(vector.ssz(`updates_${at}`)));
    if (upgraded.kind === "refused") throw new Error(`update ${at}: ${upgraded.reason}`);
    return upgraded.update;
  });
  assert.ok(updates.length > 1);
  for (const [at, update] of updates.entries())
    for (const [behind, worse] of [...updates.entries()].slice(at + 1)) {
      const name = `${at} and ${behind}`;
      assert.equal(isBetterUpdate(update, worse), true, name);
      assert.equal(isBetterUpdate(worse, update), false, name);
    }
}
