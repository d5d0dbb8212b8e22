import type {CommitteeIndex, Slot} from "@mote/core";
import {fakeRoot} from "@mote/testing";

/** Where the clock of a set under test stands at first. */
export const NOW_MS = 1_000_000;

export const ROUTES = {
  syncing: "GET /eth/v1/node/syncing",
  data: "GET /eth/v1/validator/attestation_data",
  headRoot: "GET /eth/v1/beacon/blocks/{block_id}/root",
  block: "GET /eth/v3/validator/blocks/{slot}",
  votes: "POST /eth/v2/beacon/pool/attestations",
  blocks: "POST /eth/v2/beacon/blocks",
  blindedBlocks: "POST /eth/v2/beacon/blinded_blocks",
  attesterDuties: "POST /eth/v1/validator/duties/attester/{epoch}",
  events: "GET /eth/v1/events",
} as const;

export const DATA_REQUEST = {
  slot: 17 as Slot,
  committeeIndex: 0 as CommitteeIndex,
  untilMs: NOW_MS + 3_000,
  check: () => null,
};

export const headEvent = (slot: number, block: number) => ({
  slot: String(slot),
  block: fakeRoot(block),
  previous_duty_dependent_root: fakeRoot(2),
  current_duty_dependent_root: fakeRoot(3),
});
