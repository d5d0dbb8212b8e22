import {DOMAIN_SYNC_COMMITTEE} from "@lodestar/params";
import {hexToBytes, type Root, type Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** Signs the head's root alone; the message's slot gives the domain. altair/validator.md#sync-committee-messages */
export function syncCommitteeMessageSigningRoot(config: NetworkConfig, slot: Slot, beaconBlockRoot: Root): Root {
  const domain = domainAtEpoch(config, DOMAIN_SYNC_COMMITTEE, computeEpochAtSlot(slot));
  // The hash tree root of 32 bytes is those bytes.
  return computeSigningRoot(hexToBytes(beaconBlockRoot), domain);
}
