import type {NetworkConfig} from "@mote/consensus";
import {ssz} from "@mote/consensus";
import {type Epoch, FAR_FUTURE_EPOCH} from "@mote/core";
import {digestBytes, type ForkDigests} from "../forks/fork-digests.ts";

const NO_DIGEST = new Uint8Array(4);

/**
 * What a record says of our chain's forks at an epoch. Blob-parameter forks count for the epoch and the digests; the version changes with regular forks alone.
 * fulu/p2p-interface.md#eth2-field, #next-fork-digest
 */
export function forkEntries(
  epoch: Epoch,
  components: {readonly config: NetworkConfig; readonly digests: ForkDigests},
): {readonly eth2: Uint8Array; readonly nfd: Uint8Array} {
  const {config, digests} = components;
  // Before genesis a node is on the chain's first fork.
  const current = digests.at(Math.max(epoch, 0) as Epoch);
  const next = digests.after(current.epoch > epoch ? current.epoch : epoch);
  return {
    eth2: ssz.phase0.ENRForkID.serialize({
      forkDigest: digestBytes(current),
      nextForkVersion: config.forks[(next ?? current).fork].version,
      nextForkEpoch: next?.epoch ?? FAR_FUTURE_EPOCH,
    }),
    nfd: next === null ? NO_DIGEST : digestBytes(next),
  };
}
