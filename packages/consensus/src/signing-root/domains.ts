import {ssz} from "@lodestar/types";
import {type Epoch, type Root, rootToHex} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";

/**
 * The domain of a message that belongs to `epoch`, by the configured fork schedule: 32 bytes.
 * phase0/beacon-chain.md#get_domain
 */
export function domainAtEpoch(config: NetworkConfig, domainType: Uint8Array, epoch: Epoch): Uint8Array {
  return config.getDomainAtFork(config.getForkInfoAtEpoch(epoch).name, domainType);
}

/**
 * The domain of a message that is signed apart from any chain's history (a deposit comes before its chain): the genesis fork version,
 * and zeros in the place of the genesis validators root. phase0/beacon-chain.md#compute_domain
 */
export function domainOutsideChain(
  config: Pick<NetworkConfig, "GENESIS_FORK_VERSION">,
  domainType: Uint8Array,
): Uint8Array {
  const forkDataRoot = ssz.phase0.ForkData.hashTreeRoot({
    currentVersion: config.GENESIS_FORK_VERSION,
    genesisValidatorsRoot: new Uint8Array(32),
  });
  return Uint8Array.from([...domainType, ...forkDataRoot.subarray(0, 28)]);
}

/** phase0/beacon-chain.md#compute_signing_root */
export function computeSigningRoot(objectRoot: Uint8Array, domain: Uint8Array): Root {
  return rootToHex(ssz.phase0.SigningData.hashTreeRoot({objectRoot, domain}));
}
