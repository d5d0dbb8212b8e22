import assert from "node:assert/strict";
import {fileURLToPath} from "node:url";
import {hexToBytes, type SelfBuiltPayload, type Slot} from "@mote/core";
import {
  FAKE_OPERATIONS,
  FakeBeaconNode,
  fakeBidBlock,
  fakeBlindedBlock,
  fakePubkey,
  fakeRoot,
  fakeSignature,
  OpenApi,
} from "@mote/testing";

const DESCRIPTION = fileURLToPath(
  new URL("../../../../shared/specs/beacon-apis/beacon-node-oapi.yaml", import.meta.url),
);

const RANDAO = `randao_reveal=0x${"aa".repeat(96)}`;
const SELECTION = {validator_index: "1", slot: "9", selection_proof: `0x${"11".repeat(96)}`};
const FULU = {"eth-consensus-version": "fulu"};
const GLOAS = {"eth-consensus-version": "gloas"};

/** How each operation is asked; every one of the fake's must be here. */
const asks: Record<string, {path: string; body?: unknown; headers?: Record<string, string>}> = {
  "GET /eth/v1/beacon/blocks/{block_id}/root": {path: "/eth/v1/beacon/blocks/head/root"},
  "GET /eth/v2/validator/duties/proposer/{epoch}": {path: "/eth/v2/validator/duties/proposer/2"},
  "GET /eth/v1/validator/duties/proposer/{epoch}": {path: "/eth/v1/validator/duties/proposer/2"},
  "POST /eth/v1/validator/duties/sync/{epoch}": {path: "/eth/v1/validator/duties/sync/2", body: ["1"]},
  "POST /eth/v1/validator/duties/ptc/{epoch}": {path: "/eth/v1/validator/duties/ptc/100", body: ["1"]},
  "POST /eth/v1/validator/beacon_committee_selections": {
    path: "/eth/v1/validator/beacon_committee_selections",
    body: [SELECTION],
  },
  "POST /eth/v1/validator/sync_committee_selections": {
    path: "/eth/v1/validator/sync_committee_selections",
    body: [{...SELECTION, subcommittee_index: "2"}],
  },
  "GET /eth/v3/validator/blocks/{slot}": {path: `/eth/v3/validator/blocks/9?${RANDAO}`},
  "GET /eth/v4/validator/blocks/{slot}": {path: `/eth/v4/validator/blocks/800?${RANDAO}&include_payload=true`},
  "GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}": {
    path: `/eth/v1/validator/execution_payload_envelopes/800/${fakeRoot(9)}`,
  },
  "GET /eth/v1/validator/sync_committee_contribution": {
    path: `/eth/v1/validator/sync_committee_contribution?slot=9&subcommittee_index=1&beacon_block_root=${fakeRoot(9)}`,
  },
  "GET /eth/v1/validator/payload_attestation_data": {path: "/eth/v1/validator/payload_attestation_data?slot=800"},
  "POST /eth/v1/beacon/pool/sync_committees": {path: "/eth/v1/beacon/pool/sync_committees", body: [{}]},
  "POST /eth/v1/validator/contribution_and_proofs": {path: "/eth/v1/validator/contribution_and_proofs", body: [{}]},
  "POST /eth/v1/beacon/pool/payload_attestations": {
    path: "/eth/v1/beacon/pool/payload_attestations",
    body: [{}],
    headers: GLOAS,
  },
  "POST /eth/v1/validator/proposer_preferences": {
    path: "/eth/v1/validator/proposer_preferences",
    body: [{}],
    headers: GLOAS,
  },
  "POST /eth/v1/beacon/pool/voluntary_exits": {path: "/eth/v1/beacon/pool/voluntary_exits", body: {}},
  "POST /eth/v1/beacon/pool/bls_to_execution_changes": {
    path: "/eth/v1/beacon/pool/bls_to_execution_changes",
    body: [{}],
  },
  "POST /eth/v2/beacon/blocks": {path: "/eth/v2/beacon/blocks", body: {}, headers: FULU},
  "POST /eth/v2/beacon/blinded_blocks": {path: "/eth/v2/beacon/blinded_blocks", body: {}, headers: FULU},
  "POST /eth/v1/beacon/execution_payload_envelopes": {
    path: "/eth/v1/beacon/execution_payload_envelopes",
    body: {},
    headers: {...GLOAS, "eth-blob-data-included": "false"},
  },
  "POST /eth/v1/validator/sync_committee_subscriptions": {
    path: "/eth/v1/validator/sync_committee_subscriptions",
    body: [],
  },
  "POST /eth/v1/validator/prepare_beacon_proposer": {path: "/eth/v1/validator/prepare_beacon_proposer", body: []},
  "POST /eth/v1/validator/register_validator": {path: "/eth/v1/validator/register_validator", body: []},
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

/** The payload of block 9, which in this test no proposal made. */
function keptPayload({chain}: FakeBeaconNode): SelfBuiltPayload {
  const request = {
    slot: 800 as Slot,
    proposerIndex: chain.proposerIndexAt(800 as Slot),
    randaoReveal: fakeSignature(1),
  };
  const {payload} = fakeBidBlock(request, chain.blockParts, true);
  assert.ok(payload !== null);
  payload.envelope.beaconBlockRoot = hexToBytes(fakeRoot(9));
  return payload;
}

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
    fake.chain.keptPayload = keptPayload(fake);
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

  it("also with a blinded block, and with a builder's bid", async () => {
    const {chain} = fake;
    const right = chain.proposal;
    chain.proposal = (request) => ({...right(request), produced: fakeBlindedBlock(request, chain.blockParts)});
    assert.deepEqual(await check("GET /eth/v3/validator/blocks/{slot}"), {status: 200, problems: []});
    chain.proposal = (request) => ({...right(request), produced: fakeBidBlock(request, chain.blockParts, false)});
    assert.deepEqual(await check("GET /eth/v4/validator/blocks/{slot}"), {status: 200, problems: []});
  });

  it("and when it refuses", async () => {
    fake.chain.genesis = null;
    fake.chain.judge = () => "bad signature";
    fake.chain.blocks.clear();
    fake.chain.aggregate = () => null;
    fake.chain.validatorCount = 0;
    fake.chain.keptPayload = null;
    fake.chain.contribution = () => null;
    fake.chain.payloadAttestationData = () => null;
    for (const [operation, status] of [
      ["GET /eth/v1/beacon/genesis", 404],
      ["POST /eth/v2/beacon/pool/attestations", 400],
      ["GET /eth/v2/validator/aggregate_attestation", 404],
      ["GET /eth/v1/beacon/headers/{block_id}", 404],
      ["POST /eth/v1/validator/liveness/{epoch}", 400],
      ["GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}", 404],
      ["GET /eth/v1/validator/sync_committee_contribution", 404],
      ["GET /eth/v1/validator/payload_attestation_data", 204],
      ["POST /eth/v2/beacon/blocks", 400],
      ["POST /eth/v1/beacon/pool/payload_attestations", 400],
    ] as const) {
      assert.deepEqual(await check(operation), {status, problems: []}, operation);
    }
  });

  it("a wrong answer is noticed", async () => {
    fake.faults.set("*", {kind: "text", text: '{"data":{"head_slot":1}}'});
    assert.notDeepEqual((await check("GET /eth/v1/node/syncing")).problems, []);
  });
});
