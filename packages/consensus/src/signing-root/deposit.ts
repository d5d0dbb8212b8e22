import {DOMAIN_DEPOSIT} from "@lodestar/params";
import {type phase0, ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainOutsideChain} from "./domains.ts";

/** phase0/validator.md#submit-deposit */
export function depositSigningRoot(
  config: Pick<NetworkConfig, "GENESIS_FORK_VERSION">,
  message: phase0.DepositMessage,
): Root {
  return computeSigningRoot(
    ssz.phase0.DepositMessage.hashTreeRoot(message),
    domainOutsideChain(config, DOMAIN_DEPOSIT),
  );
}
