import {DOMAIN_APPLICATION_BUILDER} from "@lodestar/params";
import {type bellatrix, ssz} from "@lodestar/types";
import type {Root} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainOutsideChain} from "./domains.ts";

/** For builders, outside the consensus protocol. builder-specs bellatrix/builder.md#signing */
export function validatorRegistrationSigningRoot(
  config: NetworkConfig,
  registration: bellatrix.ValidatorRegistrationV1,
): Root {
  return computeSigningRoot(
    ssz.bellatrix.ValidatorRegistrationV1.hashTreeRoot(registration),
    domainOutsideChain(config, DOMAIN_APPLICATION_BUILDER),
  );
}
