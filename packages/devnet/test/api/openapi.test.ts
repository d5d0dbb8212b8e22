import {strict as assert} from "node:assert";
import {fileURLToPath} from "node:url";
import {ssz} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import {OpenApi} from "@mote/testing";
import {lightClientMessageOf, messagesOf, TOPICS} from "../../src/api/event-messages.ts";
import {wrongEvents} from "../../src/api/lies/wrong-events.ts";
import type {ChainEvent} from "../../src/chain/types.ts";
import {LightClientServer} from "../../src/light-client/light-client-server.ts";
import {call, fault, post, type Served, serve} from "./support.ts";

const DESCRIPTION = fileURLToPath(
  new URL("../../../../../shared/specs/beacon-apis/beacon-node-oapi.yaml", import.meta.url),
);
const api = OpenApi.load(DESCRIPTION);
if (api === null)
  console.warn(`\n  !! ${DESCRIPTION} is not there: NO ANSWER OF THE DEVNET IS JUDGED BY THE OPENAPI\n`);

/** The description's version lists end before Gloas on some routes, and so do its light-client types. */
const isLaggingType = (problem: string): boolean =>
  problem
    .replace(/^.* matches no variant: /, "")
    .split("; ")
    .every((part) => OF_MAINNET_OR_BEFORE_GLOAS.test(part));
/** 512 seats are those of the mainnet preset. */
const OF_MAINNET_OR_BEFORE_GLOAS =
  /_sync_committee\.pubkeys has fewer than 512 items$|_branch has more than \d+ items$|_header\.execution(_block_hash)? is \w+/;
const isLaggingEnum = (problem: string): boolean => /^body(\[\d+\])?\.version is "gloas", none of/.test(problem);

/** Names and types, without the values. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shapeOf(child)]));
}

// biome-ignore lint/suspicious/noExplicitAny: of any shape
function asOfAltair({version, data}: any): unknown {
  const bare = Object.entries(data).map(([name, value]) => [
    name,
    name.endsWith("_header") ? {beacon: (value as {beacon: unknown}).beacon} : Array.isArray(value) ? value[0] : value,
  ]);
  return {version, data: Object.fromEntries(bare)};
}

/** Path parameters and queries by which each operation is asked; an operation that is not here must be refused. */
function questions({chain, player}: Served, slot: number): Record<string, readonly string[]> {
  const state = ["head", "genesis", "finalized", "justified", String(slot - 1)];
  const block = ["head", "genesis", "finalized", "justified", "1", chain.head.root];
  const dataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(chain.attestationData(slot as Slot)!));
  const isGloas = chain.config.getForkName(slot) === "gloas";
  const next = (slot + 1) as Slot;
  const randao = `randao_reveal=0x${Buffer.from(player.validators.randaoReveal(next)).toString("hex")}`;
  const headRoot = `beacon_block_root=${chain.head.root}`;
  const inFork: Record<string, readonly string[]> = isGloas
    ? {
        "GET /eth/v4/validator/blocks/{slot}": [
          `/eth/v4/validator/blocks/${next}?${randao}&include_payload=true`,
          `/eth/v4/validator/blocks/${next}?${randao}&include_payload=false`,
        ],
        "GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}": [
          `/eth/v1/validator/execution_payload_envelopes/${next}/${player.validators.produce(next, {graffiti: new Uint8Array(32)}).root}`,
        ],
        "GET /eth/v1/validator/payload_attestation_data": [`/eth/v1/validator/payload_attestation_data?slot=${slot}`],
        "GET /eth/v1/beacon/execution_payload_envelopes/{block_id}": [
          "/eth/v1/beacon/execution_payload_envelopes/head",
          `/eth/v1/beacon/execution_payload_envelopes/${chain.head.root}`,
        ],
      }
    : {"GET /eth/v3/validator/blocks/{slot}": [`/eth/v3/validator/blocks/${next}?${randao}`]};
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
    "GET /eth/v1/beacon/states/{state_id}/sync_committees": ["head", "justified"].flatMap((id) => [
      `/eth/v1/beacon/states/${id}/sync_committees`,
      `/eth/v1/beacon/states/${id}/sync_committees?epoch=4`,
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
    "GET /eth/v1/validator/sync_committee_contribution": [
      `/eth/v1/validator/sync_committee_contribution?slot=${slot}&subcommittee_index=1&${headRoot}`,
    ],
    "GET /eth/v1/beacon/pool/voluntary_exits": ["/eth/v1/beacon/pool/voluntary_exits"],
    "GET /eth/v1/beacon/pool/proposer_slashings": ["/eth/v1/beacon/pool/proposer_slashings"],
    "GET /eth/v2/beacon/pool/attester_slashings": ["/eth/v2/beacon/pool/attester_slashings"],
    "GET /eth/v1/beacon/pool/bls_to_execution_changes": ["/eth/v1/beacon/pool/bls_to_execution_changes"],
    "GET /eth/v1/beacon/rewards/blocks/{block_id}": ["head", String(slot - 1)].map(
      (id) => `/eth/v1/beacon/rewards/blocks/${id}`,
    ),
    "GET /eth/v1/beacon/light_client/bootstrap/{block_root}": [chain.head.root, chain.genesis.blockRoot].map(
      (root) => `/eth/v1/beacon/light_client/bootstrap/${root}`,
    ),
    "GET /eth/v1/beacon/light_client/updates": ["/eth/v1/beacon/light_client/updates?start_period=0&count=128"],
    "GET /eth/v1/beacon/light_client/finality_update": ["/eth/v1/beacon/light_client/finality_update"],
    "GET /eth/v1/beacon/light_client/optimistic_update": ["/eth/v1/beacon/light_client/optimistic_update"],
    ...inFork,
  };
}

/** POST routes that answer with a body. */
const POSTS: Record<string, readonly [path: string, body: unknown]> = {
  "POST /eth/v1/beacon/states/{state_id}/validators": [
    "/eth/v1/beacon/states/head/validators",
    {ids: ["0", "7"], statuses: ["active_ongoing"]},
  ],
  "POST /eth/v1/beacon/states/{state_id}/validator_identities": [
    "/eth/v1/beacon/states/head/validator_identities",
    ["0", "7"],
  ],
  "POST /eth/v1/validator/duties/attester/{epoch}": ["/eth/v1/validator/duties/attester/4", ["0", "1", "2"]],
  "POST /eth/v1/validator/duties/sync/{epoch}": [
    "/eth/v1/validator/duties/sync/4",
    Array.from({length: 64}, (_, i) => String(i)),
  ],
  "POST /eth/v1/validator/liveness/{epoch}": ["/eth/v1/validator/liveness/4", ["0", "1"]],
  "POST /eth/v1/beacon/rewards/attestations/{epoch}": ["/eth/v1/beacon/rewards/attestations/1", ["0", "1"]],
  "POST /eth/v1/beacon/rewards/sync_committee/{block_id}": ["/eth/v1/beacon/rewards/sync_committee/head", []],
};

const NO_OPS: readonly string[] = [
  "POST /eth/v1/validator/beacon_committee_subscriptions",
  "POST /eth/v1/validator/sync_committee_subscriptions",
  "POST /eth/v1/validator/prepare_beacon_proposer",
  "POST /eth/v1/validator/register_validator",
];

/** Asked for in its own fork by `questions`; in the other one refused. */
const PRODUCTION = [
  "GET /eth/v3/validator/blocks/{slot}",
  "GET /eth/v4/validator/blocks/{slot}",
  "GET /eth/v1/validator/payload_attestation_data",
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
      const problems = api!
        .checkResponse(operation, status, body)
        .filter((problem) => !isLaggingEnum(problem) && !isLaggingType(problem));
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
        ...PRODUCTION,
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
        ["GET /eth/v1/beacon/light_client/bootstrap/{block_root}", "/eth/v1/beacon/light_client/bootstrap/head", 400],
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
      // What did not happen on this chain and is told of all the same.
      const others: ChainEvent[] = [
        reorg as unknown as ChainEvent,
        {kind: "voluntary_exit", message: ssz.phase0.SignedVoluntaryExit.defaultValue()},
        {kind: "bls_to_execution_change", message: ssz.capella.SignedBLSToExecutionChange.defaultValue()},
        {kind: "proposer_slashing", indices: [], message: ssz.phase0.ProposerSlashing.defaultValue()},
        ...wrongEvents("slashings", player.events.findLast((event) => event.kind === "head")!, 2).slice(1),
      ];
      const exampleOf = (topic: string) => {
        const example = /data: (.*)/.exec(String(examples[topic]))?.[1];
        assert(example !== undefined, topic);
        return JSON.parse(example);
      };
      for (const event of [...player.events, ...others]) {
        for (const {topic, data} of messagesOf(event, chain.config, false)) {
          seen.add(topic);
          assert.deepEqual(shapeOf(data), shapeOf(exampleOf(topic)), topic);
        }
      }
      for (const news of new LightClientServer({chain}).announcements()) {
        const {topic, data} = lightClientMessageOf(news, chain.config);
        seen.add(topic);
        // The examples are of Altair: headers of later forks have more in them, and proofs are longer.
        assert.deepEqual(shapeOf(asOfAltair(data)), shapeOf(asOfAltair(exampleOf(topic))), topic);
      }
      const ofGloas = ["execution_payload_available", "payload_attestation_message"];
      const expected = [...TOPICS].filter((topic) => fork === "gloas" || !ofGloas.includes(topic));
      assert.deepEqual([...seen].sort(), expected.sort());
    });

    it("says 503 of everything to sign on a head that is not verified", async () => {
      await fault(served, "bn0:optimistic");
      const asked = questions(served, slot);
      const toSign = Object.keys(asked).filter((one) => /attestation_data|blocks.{slot}|contribution/.test(one));
      assert.equal(toSign.length, fork === "gloas" ? 4 : 3);
      for (const operation of toSign) {
        const path = asked[operation]![0]!;
        const {status, json} = await call(served, path);
        assert.equal(status, 503, path);
        judge(operation, 503, json, path);
      }
      await fault(served, "bn0:down@999");
    });

    it("answers production in the wrong fork, or with what is no number, 400", async () => {
      const version = fork === "gloas" ? "v3" : "v4";
      const operation = `GET /eth/${version}/validator/blocks/{slot}`;
      const reveal = `randao_reveal=0x${"c0".padEnd(192, "0")}`;
      for (const query of [`${reveal}&include_payload=true`, "randao_reveal=0x12&include_payload=true"]) {
        const {status, json} = await call(served, `/eth/${version}/validator/blocks/${slot + 1}?${query}`);
        assert.equal(status, 400);
        judge(operation, 400, json, query);
      }
      const own = fork === "gloas" ? "v4" : "v3";
      for (const wrong of ["builder_boost_factor=18446744073709551616", "builder_boost_factor=x", "graffiti=0x12"]) {
        const path = `/eth/${own}/validator/blocks/${slot + 1}?${reveal}&include_payload=true&${wrong}`;
        const {status, json} = await call(served, path);
        assert.equal(status, 400, path);
        judge(`GET /eth/${own}/validator/blocks/{slot}`, 400, json, path);
      }
    });

    it("says 404 of contributions, envelopes and rewards that it does not have", async () => {
      const root = `0x${"ab".repeat(32)}`;
      const wrong: [operation: string, path: string][] = [
        [
          "GET /eth/v1/validator/sync_committee_contribution",
          `/eth/v1/validator/sync_committee_contribution?slot=${slot}&subcommittee_index=0&beacon_block_root=${root}`,
        ],
        [
          "GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}",
          `/eth/v1/validator/execution_payload_envelopes/${slot}/${root}`,
        ],
        [
          "GET /eth/v1/beacon/execution_payload_envelopes/{block_id}",
          "/eth/v1/beacon/execution_payload_envelopes/genesis",
        ],
        ["GET /eth/v1/beacon/rewards/blocks/{block_id}", "/eth/v1/beacon/rewards/blocks/genesis"],
        ["GET /eth/v1/beacon/light_client/bootstrap/{block_root}", `/eth/v1/beacon/light_client/bootstrap/${root}`],
      ];
      for (const [operation, path] of wrong) {
        const {status, json} = await call(served, path);
        assert.equal(status, 404, path);
        judge(operation, 404, json, path);
      }
    });
  });
}
