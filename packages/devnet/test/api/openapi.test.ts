import {strict as assert} from "node:assert";
import {fileURLToPath} from "node:url";
import {ssz} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import {OpenApi} from "@mote/testing";
import {messagesOf} from "../../src/api/event-messages.ts";
import type {ChainEvent} from "../../src/chain/types.ts";
import {call, fault, post, type Served, serve} from "./support.ts";

const DESCRIPTION = fileURLToPath(
  new URL("../../../../../shared/specs/beacon-apis/beacon-node-oapi.yaml", import.meta.url),
);
const api = OpenApi.load(DESCRIPTION);
if (api === null)
  console.warn(`\n  !! ${DESCRIPTION} is not there: NO ANSWER OF THE DEVNET IS JUDGED BY THE OPENAPI\n`);

/** The description's version lists end before Gloas on some routes. */
const isLaggingEnum = (problem: string): boolean => /^body\.version is "gloas", none of/.test(problem);

/** Names and types, without the values. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shapeOf(child)]));
}

/** Path parameters and queries by which each operation is asked; an operation that is not here must be refused. */
function questions({chain}: Served, slot: number): Record<string, readonly string[]> {
  const state = ["head", "genesis", "finalized", "justified", String(slot - 1)];
  const block = ["head", "genesis", "finalized", "justified", "1", chain.head.root];
  const dataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(chain.attestationData(slot as Slot)!));
  const states = (tail: string) => state.map((id) => `/eth/v1/beacon/states/${id}${tail}`);
  return {
    "GET /eth/v1/beacon/genesis": ["/eth/v1/beacon/genesis"],
    "GET /eth/v1/config/spec": ["/eth/v1/config/spec"],
    "GET /eth/v1/config/fork_schedule": ["/eth/v1/config/fork_schedule"],
    "GET /eth/v1/config/deposit_contract": ["/eth/v1/config/deposit_contract"],
    "GET /eth/v1/node/version": ["/eth/v1/node/version"],
    "GET /eth/v1/node/syncing": ["/eth/v1/node/syncing"],
    "GET /eth/v1/node/health": ["/eth/v1/node/health"],
    "GET /eth/v1/node/identity": ["/eth/v1/node/identity"],
    "GET /eth/v1/node/peers": ["/eth/v1/node/peers"],
    "GET /eth/v1/node/peer_count": ["/eth/v1/node/peer_count"],
    "GET /eth/v1/beacon/states/{state_id}/root": states("/root"),
    "GET /eth/v1/beacon/states/{state_id}/fork": states("/fork"),
    "GET /eth/v1/beacon/states/{state_id}/finality_checkpoints": states("/finality_checkpoints"),
    "GET /eth/v1/beacon/states/{state_id}/validators": states("/validators?id=0,1&status=active"),
    "GET /eth/v1/beacon/states/{state_id}/validators/{validator_id}": states(`/validators/${chain.pubkeys[3]}`),
    "GET /eth/v1/beacon/states/{state_id}/committees": ["head", "justified"].flatMap((id) => [
      `/eth/v1/beacon/states/${id}/committees`,
      `/eth/v1/beacon/states/${id}/committees?index=0`,
    ]),
    "GET /eth/v1/beacon/headers": ["/eth/v1/beacon/headers", `/eth/v1/beacon/headers?slot=2`],
    "GET /eth/v1/beacon/headers/{block_id}": block.map((id) => `/eth/v1/beacon/headers/${id}`),
    "GET /eth/v1/beacon/blocks/{block_id}/root": block.map((id) => `/eth/v1/beacon/blocks/${id}/root`),
    "GET /eth/v2/beacon/blocks/{block_id}": block.map((id) => `/eth/v2/beacon/blocks/${id}`),
    "GET /eth/v2/beacon/blocks/{block_id}/attestations": block.map((id) => `/eth/v2/beacon/blocks/${id}/attestations`),
    "GET /eth/v1/validator/duties/proposer/{epoch}": ["/eth/v1/validator/duties/proposer/4"],
    "GET /eth/v2/validator/duties/proposer/{epoch}": ["/eth/v2/validator/duties/proposer/5"],
    "GET /eth/v1/validator/attestation_data": [`/eth/v1/validator/attestation_data?slot=${slot}&committee_index=0`],
    "GET /eth/v2/validator/aggregate_attestation": [
      `/eth/v2/validator/aggregate_attestation?attestation_data_root=${dataRoot}&slot=${slot}&committee_index=0`,
    ],
  };
}

/** POST routes that answer with a body. */
const POSTS: Record<string, readonly [path: string, body: unknown]> = {
  "POST /eth/v1/beacon/states/{state_id}/validators": [
    "/eth/v1/beacon/states/head/validators",
    {ids: ["0", "7"], statuses: ["active_ongoing"]},
  ],
  "POST /eth/v1/validator/duties/attester/{epoch}": ["/eth/v1/validator/duties/attester/4", ["0", "1", "2"]],
  "POST /eth/v1/validator/duties/sync/{epoch}": [
    "/eth/v1/validator/duties/sync/4",
    Array.from({length: 64}, (_, i) => String(i)),
  ],
  "POST /eth/v1/validator/liveness/{epoch}": ["/eth/v1/validator/liveness/4", ["0", "1"]],
  "POST /eth/v1/beacon/rewards/attestations/{epoch}": ["/eth/v1/beacon/rewards/attestations/1", ["0", "1"]],
};

const NO_OPS: readonly string[] = [
  "POST /eth/v1/validator/beacon_committee_subscriptions",
  "POST /eth/v1/validator/sync_committee_subscriptions",
  "POST /eth/v1/validator/prepare_beacon_proposer",
  "POST /eth/v1/validator/register_validator",
];

for (const fork of ["fulu", "gloas"] as const) {
  describe(`every answer of the API against its OpenAPI, ${fork}`, () => {
    let served: Served;
    const slot = 33;

    before(async function () {
      this.timeout(60_000);
      if (api === null) return this.skip();
      served = await serve({fork, slots: slot});
    });
    after(() => served?.endpoint.close());

    const judge = (operation: string, status: number, body: unknown, where: string): void => {
      const problems = api!.checkResponse(operation, status, body).filter((problem) => !isLaggingEnum(problem));
      assert.deepEqual(problems, [], where);
    };

    it("serves GET routes as described", async () => {
      for (const [operation, paths] of Object.entries(questions(served, slot))) {
        for (const path of paths) {
          const {status, json} = await call(served, path);
          assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`);
          judge(operation, 200, json, path);
        }
      }
    });

    it("serves POST routes as described", async () => {
      const posts =
        fork === "fulu"
          ? POSTS
          : {
              ...POSTS,
              "POST /eth/v1/validator/duties/ptc/{epoch}": [
                "/eth/v1/validator/duties/ptc/5",
                ["0", "1", "2", "3"],
              ] as const,
            };
      for (const [operation, [path, body]] of Object.entries(posts)) {
        const {status, json} = await post(served, path, body);
        assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`);
        assert.notDeepEqual(json.data, [], path);
        judge(operation, 200, json, path);
      }
    });

    it("takes what it needs no memory of", async () => {
      for (const operation of NO_OPS) assert.equal((await post(served, operation.slice(5), [])).status, 200, operation);
    });

    it("has nothing else: the rest of the description is answered 501 or 404", async () => {
      const known = new Set([...Object.keys(questions(served, slot)), ...Object.keys(POSTS), ...NO_OPS]);
      for (const own of [
        "GET /eth/v1/events",
        "POST /eth/v2/beacon/pool/attestations",
        "POST /eth/v2/validator/aggregate_and_proofs",
        "POST /eth/v1/validator/duties/ptc/{epoch}",
      ])
        known.add(own);
      for (const operation of api!.operations().filter((one) => one.startsWith("GET") && !known.has(one))) {
        const root = `0x${"00".repeat(32)}`;
        const path = operation
          .slice(4)
          .replace(/\{(slot|epoch|builder_index)\}/g, "1")
          .replace(/\{\w+\}/g, root);
        const query =
          "?slot=1&randao_reveal=0x00&include_payload=false&subcommittee_index=0&beacon_block_root=0x00&start_period=0&count=1";
        const {status, json} = await call(served, path + query);
        assert(status === 501 || status === 404, `${operation} answers ${status} ${JSON.stringify(json)}`);
        assert.equal(json.code, status);
      }
    });

    it("offers SSZ where the description does, and there alone", async () => {
      for (const [operation, [path]] of Object.entries(questions(served, slot))) {
        const {headers} = await call(served, path!, {
          headers: {accept: "application/octet-stream;q=1.0,application/json;q=0.9"},
        });
        const type = headers.get("content-type") ?? "none";
        const expected = operation.endsWith("/health")
          ? "none"
          : api!.offersSsz(operation)
            ? "application/octet-stream"
            : "application/json";
        assert.equal(type.split(";")[0], expected, operation);
      }
    });

    it("speaks of errors as described", async () => {
      const unknown = `0x${"ab".repeat(32)}`;
      const wrong: [operation: string, path: string, status: number][] = [
        ["GET /eth/v2/beacon/blocks/{block_id}", "/eth/v2/beacon/blocks/999", 404],
        ["GET /eth/v2/beacon/blocks/{block_id}", `/eth/v2/beacon/blocks/${unknown}`, 404],
        ["GET /eth/v2/beacon/blocks/{block_id}", "/eth/v2/beacon/blocks/tail", 400],
        ["GET /eth/v1/beacon/states/{state_id}/fork", "/eth/v1/beacon/states/tail/fork", 400],
        ["GET /eth/v1/beacon/states/{state_id}/fork", `/eth/v1/beacon/states/${unknown}/fork`, 404],
        ["GET /eth/v1/beacon/states/{state_id}/validators", "/eth/v1/beacon/states/head/validators?id=me", 400],
        [
          "GET /eth/v1/beacon/states/{state_id}/validators/{validator_id}",
          "/eth/v1/beacon/states/head/validators/999",
          404,
        ],
        ["GET /eth/v1/validator/duties/proposer/{epoch}", "/eth/v1/validator/duties/proposer/9", 400],
        ["GET /eth/v1/validator/attestation_data", "/eth/v1/validator/attestation_data?slot=99&committee_index=0", 400],
        ["GET /eth/v1/validator/attestation_data", "/eth/v1/validator/attestation_data?slot=x&committee_index=0", 400],
        ["GET /eth/v1/events", "/eth/v1/events?topics=weather_forecast", 400],
      ];
      for (const [operation, path, expected] of wrong) {
        const {status, json} = await call(served, path);
        assert.equal(status, expected, `${path}: ${JSON.stringify(json)}`);
        judge(operation, expected, json, path);
      }
    });

    it("tells of events as described", () => {
      const examples = api!.responseExamples("GET /eth/v1/events", 200, "text/event-stream");
      const seen = new Set<string>();
      const {chain, player} = served;
      const reorg = {
        kind: "chain_reorg",
        slot: 1,
        depth: 1,
        oldHeadBlock: "0x",
        newHeadBlock: "0x",
        oldHeadState: "0x",
        newHeadState: "0x",
        epoch: 0,
      };
      for (const event of [...player.events, reorg as unknown as ChainEvent]) {
        for (const {topic, data} of messagesOf(event, chain.config, false)) {
          seen.add(topic);
          const example = /data: (.*)/.exec(String(examples[topic]))?.[1];
          assert(example !== undefined, topic);
          assert.deepEqual(shapeOf(data), shapeOf(JSON.parse(example)), topic);
        }
      }
      const expected = ["block", "block_gossip", "chain_reorg", "finalized_checkpoint", "head", "head_v2"];
      assert.deepEqual(
        [...seen].sort(),
        (fork === "gloas" ? [...expected, "execution_payload_available"] : expected).sort(),
      );
    });

    it("says 503 of attestation data on a head that is not verified", async () => {
      await fault(served, "bn0:optimistic");
      const {status, json} = await call(served, `/eth/v1/validator/attestation_data?slot=${slot}&committee_index=0`);
      await fault(served, "bn0:down@999");
      assert.equal(status, 503);
      judge("GET /eth/v1/validator/attestation_data", 503, json, "optimistic");
    });
  });
}
