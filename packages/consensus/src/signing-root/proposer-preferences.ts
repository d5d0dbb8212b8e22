import {DOMAIN_PROPOSER_PREFERENCES} from "@lodestar/params";
import {type gloas, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** The domain is the proposal's epoch's, though the message is sent an epoch earlier. gloas/validator.md#broadcasting-signedproposerpreferences */
export function proposerPreferencesSigningRoot(config: NetworkConfig, preferences: gloas.ProposerPreferences): Root {
  return computeSigningRoot(
    ssz.gloas.ProposerPreferences.hashTreeRoot(preferences),
    domainAtEpoch(config, DOMAIN_PROPOSER_PREFERENCES, computeEpochAtSlot(preferences.proposalSlot as Slot)),
  );
}
