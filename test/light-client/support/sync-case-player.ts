import {strict as assert} from "node:assert";
import {ForkSeq} from "@lodestar/params";
import {type LightClientBootstrap, type LightClientUpdate, ssz} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {type Root, rootToHex, type Slot} from "@mote/core";
import {initializeState, type LightClientState} from "@mote/light-client";
import {depthOf, rootOfBranch} from "../../../packages/light-client/src/rules/merkle-branch.ts";
import {ForcingStore} from "./forcing-store.ts";
import {typesOf, type VectorCase, type VectorFork} from "./official-vectors.ts";

interface HeaderCheck {
  readonly slot: string;
  readonly beacon_root: Root;
  /** From Capella on. */
  readonly execution_root?: Root;
}

interface Checks {
  readonly finalized_header: HeaderCheck;
  readonly optimistic_header: HeaderCheck;
}

interface Step {
  readonly process_update?: {
    readonly update: string;
    readonly update_fork_digest: string;
    readonly current_slot: string;
    readonly checks: Checks;
  };
  readonly force_update?: {readonly current_slot: string; readonly checks: Checks};
  /** Ours has the newest form from the beginning. */
  readonly upgrade_store?: {readonly checks: Checks};
}

interface Meta {
  readonly genesis_validators_root: Root;
  readonly trusted_block_root: Root;
  readonly bootstrap_fork_digest: string;
}

type Header = LightClientState["finalizedHeader"];

/** @throws {Error} where our rules come to something else than the case */
export async function playSyncCase(vector: VectorCase): Promise<void> {
  const meta = vector.yaml<Meta>("meta");
  const config = vector.config(meta.genesis_validators_root);
  const {LightClientBootstrap} = typesOf(forkOf(config, meta.bootstrap_fork_digest));
  const bootstrap = LightClientBootstrap.deserialize(vector.ssz("bootstrap")) as LightClientBootstrap;
  const begun = initializeState(config, meta.trusted_block_root, bootstrap);
  if (begun.kind === "refused") throw new Error(`refused: ${begun.reason}`);
  const store = new ForcingStore({config, state: begun.state});
  const steps = vector.yaml<readonly Step[]>("steps");
  assert.ok(steps.length > 0);
  for (const [at, {process_update, force_update, upgrade_store}] of steps.entries()) {
    const done = process_update ?? force_update ?? upgrade_store;
    assert(done !== undefined, `step ${at} is none that we know`);
    if (process_update !== undefined) {
      const {LightClientUpdate} = typesOf(forkOf(config, process_update.update_fork_digest));
      const update = LightClientUpdate.deserialize(vector.ssz(process_update.update)) as LightClientUpdate;
      await store.process(update, Number(process_update.current_slot) as Slot);
    }
    if (force_update !== undefined) store.force(Number(force_update.current_slot));
    checkHeader(config, store.state.finalizedHeader, done.checks.finalized_header, `finalized after step ${at}`);
    checkHeader(config, store.state.optimisticHeader, done.checks.optimistic_header, `optimistic after step ${at}`);
  }
}

const forkOf = (config: NetworkConfig, digest: string): VectorFork =>
  config.forkDigest2ForkBoundary(digest).fork as VectorFork;

function checkHeader(config: NetworkConfig, header: Header, expected: HeaderCheck, what: string): void {
  assert.equal(header.beacon.slot, Number(expected.slot), what);
  assert.equal(rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(header.beacon)), expected.beacon_root, what);
  if (expected.execution_root !== undefined)
    assert.equal(rootToHex(executionRootOf(config, header)), expected.execution_root, what);
}

/** gloas/light-client/sync-protocol.md, `get_lc_execution_root`: our header has the hash and the way from it. */
function executionRootOf(config: NetworkConfig, {beacon, executionBlockHash, executionBranch}: Header): Uint8Array {
  const fork = config.getForkSeq(beacon.slot);
  if (fork >= ForkSeq.gloas) return executionBlockHash;
  if (fork < ForkSeq.capella) return new Uint8Array(32);
  const {ExecutionPayloadHeader: type} = fork >= ForkSeq.deneb ? ssz.deneb : ssz.capella;
  if (beacon.slot === 0) return type.hashTreeRoot(type.defaultValue() as never);
  const toHash = Number(type.getPathInfo(["blockHash"]).gindex);
  const toPayload = Number(ssz.capella.BeaconBlockBody.getPathInfo(["executionPayload"]).gindex);
  const inner = executionBranch.slice(-depthOf(toHash) - depthOf(toPayload), -depthOf(toPayload));
  return rootOfBranch(executionBlockHash, inner, toHash);
}
