import {EXECUTION_BLOCK_HASH_GINDEX_GLOAS, ForkSeq} from "@lodestar/params";
import {type capella, type deneb, type gloas, type LightClientHeader, ssz} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {executionBlockHashGindex} from "./generalized-indices.ts";
import {
  depthOf,
  isEmptyBranch,
  isValidNormalizedMerkleBranch,
  isZero,
  normalizeMerkleBranch,
  zeros,
} from "./merkle-branch.ts";

/** The one form of a header that the rules know. Headers of older forks are brought into it. */
export type Header = gloas.LightClientHeader;

const BLOCK_HASH_GINDEX_DENEB = Number(ssz.deneb.ExecutionPayloadHeader.getPathInfo(["blockHash"]).gindex);
const BLOCK_HASH_GINDEX_CAPELLA = Number(ssz.capella.ExecutionPayloadHeader.getPathInfo(["blockHash"]).gindex);

/** Whether the header has the fields that headers have on the wire at `slot`. The finalized header of an update has the form of the attested one's fork. */
export function hasFormAt(config: NetworkConfig, slot: number, header: LightClientHeader): boolean {
  const fork = config.getForkSeq(slot);
  const form =
    "executionBlockHash" in header
      ? ForkSeq.gloas
      : !("execution" in header)
        ? ForkSeq.altair
        : "excessBlobGas" in header.execution
          ? ForkSeq.deneb
          : ForkSeq.capella;
  if (fork >= ForkSeq.gloas) return form === ForkSeq.gloas;
  if (fork >= ForkSeq.deneb) return form === ForkSeq.deneb;
  return form === (fork >= ForkSeq.capella ? ForkSeq.capella : ForkSeq.altair);
}

/**
 * Whether it has execution data that blocks of its slot do not have, in the form of a later fork: nothing proves them, and the one form leaves them out.
 * deneb/light-client/sync-protocol.md, `is_valid_light_client_header`
 */
export function hasUnprovenExecution(config: NetworkConfig, header: LightClientHeader): boolean {
  if (!("execution" in header)) return false;
  const fork = config.getForkSeq(header.beacon.slot);
  if (fork < ForkSeq.capella) return !isEmptyExecution(header);
  const {blobGasUsed, excessBlobGas} = withBlobGas(header.execution);
  return fork < ForkSeq.deneb && (blobGasUsed !== 0n || excessBlobGas !== 0n);
}

/** `upgrade_lc_header_to_capella` and on; gloas/light-client/fork.md, `upgrade_lc_header_to_gloas` */
export function upgradeHeader(config: NetworkConfig, header: LightClientHeader): Header {
  if ("executionBlockHash" in header) return header;
  const {beacon} = header;
  const fork = config.getForkSeq(beacon.slot);
  if (!("execution" in header) || fork < ForkSeq.capella || isEmptyOldHeader(header))
    return {beacon, ...withoutExecution()};
  const {execution, executionBranch} = header;
  const inner =
    fork >= ForkSeq.deneb
      ? proofIn(ssz.deneb.ExecutionPayloadHeader.toView(withBlobGas(execution)).node, BLOCK_HASH_GINDEX_DENEB)
      : proofIn(ssz.capella.ExecutionPayloadHeader.toView(execution).node, BLOCK_HASH_GINDEX_CAPELLA);
  return {
    beacon,
    executionBlockHash: execution.blockHash,
    executionBranch: normalizeMerkleBranch([...inner, ...executionBranch], EXECUTION_BLOCK_HASH_GINDEX_GLOAS),
  };
}

/** gloas/light-client/sync-protocol.md, `is_valid_light_client_header` */
export function isValidHeader(config: NetworkConfig, {beacon, executionBlockHash, executionBranch}: Header): boolean {
  const gindex = executionBlockHashGindex(config, beacon.slot);
  if (gindex === null) return isZero(executionBlockHash) && isEmptyBranch(executionBranch);
  return isValidNormalizedMerkleBranch(executionBlockHash, executionBranch, gindex, beacon.bodyRoot);
}

/** The default of the type, as it stands where there is no header. */
export const isEmptyHeader = ({beacon, executionBlockHash, executionBranch}: Header): boolean =>
  isEmptyBeacon(beacon) && isZero(executionBlockHash) && isEmptyBranch(executionBranch);

type OldHeader = capella.LightClientHeader | deneb.LightClientHeader;

const isEmptyOldHeader = (header: OldHeader): boolean => isEmptyBeacon(header.beacon) && isEmptyExecution(header);

const isEmptyExecution = ({execution, executionBranch}: OldHeader): boolean =>
  isEmptyBranch(executionBranch) &&
  ssz.deneb.ExecutionPayloadHeader.equals(withBlobGas(execution), ssz.deneb.ExecutionPayloadHeader.defaultValue());

const isEmptyBeacon = (beacon: Header["beacon"]): boolean =>
  ssz.phase0.BeaconBlockHeader.equals(beacon, ssz.phase0.BeaconBlockHeader.defaultValue());

/** `upgrade_lc_header_to_deneb` */
const withBlobGas = (execution: OldHeader["execution"]): deneb.ExecutionPayloadHeader => ({
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  ...execution,
});

const withoutExecution = (): Pick<Header, "executionBlockHash" | "executionBranch"> => ({
  executionBlockHash: new Uint8Array(32),
  executionBranch: zeros(depthOf(EXECUTION_BLOCK_HASH_GINDEX_GLOAS)),
});

interface TreeNode {
  readonly left: TreeNode;
  readonly right: TreeNode;
  readonly root: Uint8Array;
}

/** `compute_merkle_proof`: the siblings from the leaf upwards. */
function proofIn(tree: TreeNode, generalizedIndex: number): Uint8Array[] {
  const siblings: Uint8Array[] = [];
  let node = tree;
  for (let level = depthOf(generalizedIndex) - 1; level >= 0; level--) {
    const goesRight = Math.floor(generalizedIndex / 2 ** level) % 2 === 1;
    siblings.unshift((goesRight ? node.left : node.right).root);
    node = goesRight ? node.right : node.left;
  }
  return siblings;
}
