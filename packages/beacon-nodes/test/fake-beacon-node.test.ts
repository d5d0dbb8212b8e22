import assert from "node:assert/strict";
import {fileURLToPath} from "node:url";
import type {Slot} from "@mote/core";
import {FAKE_OPERATIONS, FakeBeaconNode, fakePubkey, fakeRoot, OpenApi} from "@mote/testing";

const DESCRIPTION = fileURLToPath(
  new URL("../../../../shared/specs/beacon-apis/beacon-node-oapi.yaml", import.meta.url),
);

/** How each operation is asked; every one of the fake's must be here. */
const asks: Record<string, {path: string; body?: unknown; headers?: Record<string, string>}> = {
  "GET /eth/v1/beacon/genesis": {path: "/eth/v1/beacon/genesis"},
  "GET /eth/v1/config/spec": {path: "/eth/v1/config/spec"},
  "GET /eth/v1/config/fork_schedule": {path: "/eth/v1/config/fork_schedule"},
  "GET /eth/v1/config/deposit_contract": {path: "/eth/v1/config/deposit_contract"},
  "GET /eth/v1/node/version": {path: "/eth/v1/node/version"},
  "GET /eth/v1/node/syncing": {path: "/eth/v1/node/syncing"},
  "POST /eth/v1/beacon/states/{state_id}/validators": {
    path: "/eth/v1/beacon/states/head/validators",
    body: {ids: [fakePubkey(1)]},
  },
  "GET /eth/v1/beacon/states/{state_id}/validators": {
    path: `/eth/v1/beacon/states/head/validators?id=${fakePubkey(1)}`,
  },
  "GET /eth/v1/beacon/states/{state_id}/committees": {path: "/eth/v1/beacon/states/head/committees?epoch=2"},
  "POST /eth/v1/validator/duties/attester/{epoch}": {path: "/eth/v1/validator/duties/attester/2", body: ["1"]},
  "POST /eth/v1/validator/liveness/{epoch}": {path: "/eth/v1/validator/liveness/2", body: ["1"]},
  "GET /eth/v1/validator/attestation_data": {path: "/eth/v1/validator/attestation_data?slot=9"},
  "GET /eth/v2/validator/aggregate_attestation": {
    path: "/eth/v2/validator/aggregate_attestation?slot=9&committee_index=1",
  },
  "POST /eth/v1/validator/beacon_committee_subscriptions": {
    path: "/eth/v1/validator/beacon_committee_subscriptions",
    body: [],
  },
  "POST /eth/v2/beacon/pool/attestations": {
    path: "/eth/v2/beacon/pool/attestations",
    body: [{}],
    headers: {"eth-consensus-version": "fulu"},
  },
  "POST /eth/v2/validator/aggregate_and_proofs": {
    path: "/eth/v2/validator/aggregate_and_proofs",
    body: [{}],
    headers: {"eth-consensus-version": "fulu"},
  },
  "GET /eth/v2/beacon/blocks/{block_id}/attestations": {path: `/eth/v2/beacon/blocks/${fakeRoot(9)}/attestations`},
  "GET /eth/v1/beacon/headers/{block_id}": {path: `/eth/v1/beacon/headers/${fakeRoot(9)}`},
};

describe("the fake beacon node answers as the OpenAPI says", () => {
  const api = OpenApi.load(DESCRIPTION);
  let fake: FakeBeaconNode;

  before(function () {
    if (api !== null) return;
    console.warn(`NOT CHECKED: no OpenAPI description of the Beacon API at ${DESCRIPTION}`);
    this.skip();
  });
  beforeEach(async () => {
    fake = await FakeBeaconNode.start();
    const attestation = fake.chain.aggregate(9 as Slot, 0);
    assert.ok(attestation !== null);
    fake.chain.blocks.set(fakeRoot(9), {slot: 9 as Slot, parentRoot: fakeRoot(8), attestations: [attestation]});
  });
  afterEach(() => fake.close());

  async function check(operation: string): Promise<{status: number; problems: string[]}> {
    const ask = asks[operation];
    assert.ok(ask !== undefined && api !== null);
    const [method = ""] = operation.split(" ");
    const response = await fetch(fake.url + ask.path, {
      method,
      headers: {"content-type": "application/json", connection: "close", ...ask.headers},
      ...(ask.body === undefined ? {} : {body: JSON.stringify(ask.body)}),
    });
    const text = await response.text();
    const body = text === "" ? undefined : JSON.parse(text);
    return {status: response.status, problems: api.checkResponse(operation, response.status, body)};
  }

  for (const operation of Object.keys(FAKE_OPERATIONS)) {
    it(operation, async () => {
      assert.deepEqual(await check(operation), {status: 200, problems: []});
    });
  }

  it("and when it refuses", async () => {
    fake.chain.genesis = null;
    fake.chain.judge = () => "bad signature";
    fake.chain.blocks.clear();
    fake.chain.aggregate = () => null;
    fake.chain.validatorCount = 0;
    for (const [operation, status] of [
      ["GET /eth/v1/beacon/genesis", 404],
      ["POST /eth/v2/beacon/pool/attestations", 400],
      ["GET /eth/v2/validator/aggregate_attestation", 404],
      ["GET /eth/v1/beacon/headers/{block_id}", 404],
      ["POST /eth/v1/validator/liveness/{epoch}", 400],
    ] as const) {
      assert.deepEqual(await check(operation), {status, problems: []}, operation);
    }
  });

  it("a wrong answer is noticed", async () => {
    fake.faults.set("*", {kind: "text", text: '{"data":{"head_slot":1}}'});
    assert.notDeepEqual((await check("GET /eth/v1/node/syncing")).problems, []);
  });
});
