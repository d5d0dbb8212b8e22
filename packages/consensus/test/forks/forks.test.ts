import assert from "node:assert/strict";
import type {Root, Slot} from "@mote/core";
import {createNetworkConfig} from "../../src/config/network-config.ts";
import {chainConfigFromSpec, type SpecValues} from "../../src/config/spec-values.ts";
import {
  aggregateDueMs,
  attestationDueMs,
  contributionDueMs,
  payloadAttestationDueMs,
  payloadDueMs,
  syncMessageDueMs,
} from "../../src/forks/due-times.ts";
import {attestationIndexNamesPayload, consensusVersion} from "../../src/forks/fork-rules.ts";
import {electraTypesAt} from "../../src/ssz/fork-types.ts";

const ROOT = `0x${"11".repeat(32)}` as Root;
const FORKS = {
  ALTAIR_FORK_EPOCH: "0",
  BELLATRIX_FORK_EPOCH: "0",
  CAPELLA_FORK_EPOCH: "0",
  DENEB_FORK_EPOCH: "0",
  ELECTRA_FORK_EPOCH: "1",
  FULU_FORK_EPOCH: "2",
  GLOAS_FORK_EPOCH: "4",
};
const network = (spec: SpecValues = {}) =>
  createNetworkConfig(chainConfigFromSpec({SLOT_DURATION_MS: "12000", ...FORKS, ...spec}), ROOT);

const LAST_DENEB_SLOT = 7 as Slot;
const FIRST_ELECTRA_SLOT = 8 as Slot;
const LAST_FULU_SLOT = 31 as Slot;
const FIRST_GLOAS_SLOT = 32 as Slot;

describe("due times", () => {
  it("change with the slot that Gloas starts in", () => {
    const config = network();
    assert.deepEqual([attestationDueMs(config, LAST_FULU_SLOT), aggregateDueMs(config, LAST_FULU_SLOT)], [4000, 8000]);
    assert.deepEqual(
      [attestationDueMs(config, FIRST_GLOAS_SLOT), aggregateDueMs(config, FIRST_GLOAS_SLOT)],
      [3000, 6000],
    );
  });

  it("come from the config: basis points and slot time", () => {
    const config = network({
      SLOT_DURATION_MS: "6000",
      ATTESTATION_DUE_BPS: "5000",
      AGGREGATE_DUE_BPS: "9000",
      ATTESTATION_DUE_BPS_GLOAS: "1000",
      AGGREGATE_DUE_BPS_GLOAS: "2000",
    });
    assert.deepEqual([attestationDueMs(config, LAST_FULU_SLOT), aggregateDueMs(config, LAST_FULU_SLOT)], [3000, 5400]);
    assert.deepEqual(
      [attestationDueMs(config, FIRST_GLOAS_SLOT), aggregateDueMs(config, FIRST_GLOAS_SLOT)],
      [600, 1200],
    );
  });

  it("of sync committees change with Gloas as well, by values of their own", () => {
    const config = network();
    const of = (slot: Slot) => [syncMessageDueMs(config, slot), contributionDueMs(config, slot)];
    assert.deepEqual(
      [of(LAST_FULU_SLOT), of(FIRST_GLOAS_SLOT)],
      [
        [4000, 8000],
        [3000, 6000],
      ],
    );
    const own = network({
      SYNC_MESSAGE_DUE_BPS: "1000",
      CONTRIBUTION_DUE_BPS: "2000",
      SYNC_MESSAGE_DUE_BPS_GLOAS: "3000",
      CONTRIBUTION_DUE_BPS_GLOAS: "4000",
    });
    const ofOwn = (slot: Slot) => [syncMessageDueMs(own, slot), contributionDueMs(own, slot)];
    assert.deepEqual(
      [ofOwn(LAST_FULU_SLOT), ofOwn(FIRST_GLOAS_SLOT)],
      [
        [1200, 2400],
        [3600, 4800],
      ],
    );
  });

  it("of payloads come from the config", () => {
    const config = network();
    assert.deepEqual([payloadDueMs(config), payloadAttestationDueMs(config)], [6000, 9000]);
    const own = network({PAYLOAD_DUE_BPS: "7500", PAYLOAD_ATTESTATION_DUE_BPS: "8000"});
    assert.deepEqual([payloadDueMs(own), payloadAttestationDueMs(own)], [9000, 9600]);
  });
});

describe("fork rules", () => {
  const config = network();

  it("let the index name the payload from Gloas on", () => {
    assert.equal(attestationIndexNamesPayload(config, LAST_FULU_SLOT), false);
    assert.equal(attestationIndexNamesPayload(config, FIRST_GLOAS_SLOT), true);
  });

  it("name the fork of the message's slot", () => {
    assert.deepEqual(
      [LAST_DENEB_SLOT, FIRST_ELECTRA_SLOT, LAST_FULU_SLOT, FIRST_GLOAS_SLOT].map((slot) =>
        consensusVersion(config, slot),
      ),
      ["deneb", "electra", "fulu", "gloas"],
    );
  });

  it("know Electra and later forks only", () => {
    assert.throws(() => electraTypesAt(config, LAST_DENEB_SLOT), /slot 7 lies in deneb/);
    assert.notEqual(electraTypesAt(config, FIRST_GLOAS_SLOT), electraTypesAt(config, LAST_FULU_SLOT));
  });
});
