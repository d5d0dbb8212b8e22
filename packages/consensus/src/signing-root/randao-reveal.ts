import {DOMAIN_RANDAO} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import type {Epoch, Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** `epoch` is that of the proposal. phase0/validator.md#randao-reveal */
export function randaoRevealSigningRoot(config: NetworkConfig, epoch: Epoch): Root {
  return computeSigningRoot(ssz.Epoch.hashTreeRoot(epoch), domainAtEpoch(config, DOMAIN_RANDAO, epoch));
}
