import {strict as assert} from "node:assert";
import {ArrayOf, ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {CHARON} from "../../src/dialects/charon.ts";
import {type Dialect, PLAIN} from "../../src/dialects/dialect.ts";
import {LIGHTHOUSE} from "../../src/dialects/lighthouse.ts";
import {PRYSM} from "../../src/dialects/prysm.ts";
import {type Answer, call, EventReader, post, type Served, serve} from "../api/support.ts";

const SSZ = "application/octet-stream";
const DATA = "/eth/v1/validator/attestation_data?slot=2";
const POOL = "/eth/v2/beacon/pool/attestations";

interface Expectation {
  readonly dialect: Dialect;
  /** attestation_data without committee_index, from Gloas on */
  readonly withoutIndex: number;
  readonly commaTopics: number;
  readonly headV2: number;
  readonly blockGossip: number;
  readonly dataInSsz: string;
  readonly votesInSsz: number;
  readonly proposerV2: number;
  readonly payloadSlot: "query" | "path";
  readonly selections: number;
  readonly stacktraces: boolean;
}

const EXPECTATIONS: readonly Expectation[] = [
  {
    dialect: PLAIN,
    withoutIndex: 200,
    commaTopics: 200,
    headV2: 200,
    blockGossip: 200,
    dataInSsz: SSZ,
    votesInSsz: 200,
    proposerV2: 200,
    payloadSlot: "query",
    selections: 501,
    stacktraces: false,
  },
  {
    dialect: PRYSM,
    withoutIndex: 400,
    commaTopics: 400,
    headV2: 400,
    blockGossip: 400,
    dataInSsz: SSZ,
    votesInSsz: 200,
    proposerV2: 200,
    payloadSlot: "query",
    selections: 501,
    stacktraces: false,
  },
  {
    dialect: LIGHTHOUSE,
    withoutIndex: 400,
    commaTopics: 200,
    headV2: 400,
    blockGossip: 200,
    dataInSsz: "application/json",
    votesInSsz: 415,
    proposerV2: 404,
    payloadSlot: "path",
    selections: 501,
    stacktraces: true,
  },
  {
    dialect: CHARON,
    withoutIndex: 400,
    commaTopics: 200,
    headV2: 200,
    blockGossip: 200,
    dataInSsz: "application/json",
    votesInSsz: 415,
    proposerV2: 404,
    payloadSlot: "query",
    selections: 200,
    stacktraces: false,
  },
];

for (const expected of EXPECTATIONS) {
  describe(`the dialect ${expected.dialect.name}`, () => {
    let served: Served;

    before(async () => {
      served = await serve({fork: "gloas", dialect: expected.dialect, slots: 1});
      served.player.open(2 as Slot);
    });
    after(() => served.endpoint.close());

    /** The status of a subscription, without waiting for an event. */
    const subscribe = async (query: string): Promise<number> => {
      const reader = await EventReader.open(served, query);
      await reader.close();
      return reader.response.status;
    };
    const checkError = ({status, json}: Answer): void => {
      if (status >= 400) assert.deepEqual([json.code, "stacktraces" in json], [status, expected.stacktraces]);
    };

    it("names itself", async () => {
      assert.equal((await call(served, "/eth/v1/node/version")).json.data.version, expected.dialect.version);
    });

    it("asks for committee_index as its client does", async () => {
      const answer = await call(served, DATA);
      assert.equal(answer.status, expected.withoutIndex);
      checkError(answer);
      assert.equal((await call(served, `${DATA}&committee_index=0`)).status, 200);
    });

    it("knows the topics that its client knows, written as it reads them", async () => {
      assert.equal(await subscribe("topics=head&topics=block"), 200);
      assert.equal(await subscribe("topics=head,block"), expected.commaTopics);
      assert.equal(await subscribe("topics=head&topics=head_v2"), expected.headV2);
      assert.equal(await subscribe("topics=head&topics=block_gossip"), expected.blockGossip);
      checkError(await call(served, "/eth/v1/events?topics=weather"));
    });

    it("speaks SSZ where its client does", async () => {
      const data = await call(served, `${DATA}&committee_index=0`, {
        headers: {accept: `${SSZ};q=1.0,application/json;q=0.9`},
      });
      assert.equal(data.headers.get("content-type")?.split(";")[0], expected.dataInSsz);
      const votes = ArrayOf(ssz.electra.SingleAttestation);
      const singles = served.player.voters.singles(2 as Slot);
      const version = {"eth-consensus-version": "gloas"};
      const inSsz = await post(served, POOL, votes.serialize(singles), {...version, "content-type": SSZ});
      assert.equal(inSsz.status, expected.votesInSsz);
      checkError(inSsz);
      assert.equal((await post(served, POOL, votes.toJson(singles), version)).status, 200);
    });

    it("has the routes that its client has", async () => {
      const answer = await call(served, "/eth/v2/validator/duties/proposer/0");
      assert.equal(answer.status, expected.proposerV2);
      checkError(answer);
      assert.equal((await call(served, "/eth/v1/validator/duties/proposer/0")).status, 200);
    });

    it("reads the slot of payload attestation data where its client does", async () => {
      const path = "/eth/v1/validator/payload_attestation_data";
      const isInPath = expected.payloadSlot === "path";
      const asked = await call(served, isInPath ? `${path}/2` : `${path}?slot=2`);
      assert.deepEqual([asked.status, asked.json.data.slot], [200, "2"]);
      const other = await call(served, isInPath ? `${path}?slot=2` : `${path}/2`);
      assert.equal(other.status, 404);
      checkError(other);
      const empty = await call(served, isInPath ? `${path}/3` : `${path}?slot=3`);
      assert.equal(empty.status, isInPath ? 404 : 204);
    });

    it("combines selections if it is middleware", async () => {
      const selections = [{validator_index: "1", slot: "2", selection_proof: `0x${"ab".repeat(96)}`}];
      const answer = await post(served, "/eth/v1/validator/beacon_committee_selections", selections);
      assert.equal(answer.status, expected.selections);
      if (answer.status === 200) assert.deepEqual(answer.json, {data: selections});
      else checkError(answer);
    });
  });
}
