import {strict as assert} from "node:assert";
import {type ForkName, SLOTS_PER_EPOCH} from "@lodestar/params";
import {ArrayOf, type electra, ssz, sszTypesFor} from "@lodestar/types";
import {type Epoch, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {call, post, type Served, serve} from "./support.ts";

const POOL = "/eth/v2/beacon/pool/attestations";
const AGGREGATES = "/eth/v2/validator/aggregate_and_proofs";
const VOTES = ArrayOf(ssz.electra.SingleAttestation);

for (const fork of ["fulu", "gloas"] as const) {
  describe(`votes over HTTP, ${fork}`, () => {
    let served: Served;
    let votes: electra.SingleAttestation[];
    /** Each test has a slot of its own. */
    let slot = 1 as Slot;
    const version = {"eth-consensus-version": fork};
    const published = () => served.chain.ledger.slot(slot)?.published;

    before(async () => {
      served = await serve({fork, slots: slot});
    });
    beforeEach(() => {
      slot++;
      served.player.open(slot);
      votes = served.player.voters.singles(slot);
    });
    after(() => served.endpoint.close());

    it("gives data to vote on, the same in JSON and SSZ", async () => {
      const path = `/eth/v1/validator/attestation_data?slot=${slot}&committee_index=0`;
      const json = await call(served, path);
      const binary = await call(served, path, {headers: {accept: "application/octet-stream"}});
      assert.equal(binary.bytes.length, 128);
      const data = ssz.phase0.AttestationData.fromJson(json.json.data);
      assert.deepEqual(ssz.phase0.AttestationData.deserialize(binary.bytes), data);
      assert.deepEqual(data, served.player.voters.data(slot));
    });

    it("asks for committee_index before Gloas, and no more from then on", async () => {
      const {status, json} = await call(served, `/eth/v1/validator/attestation_data?slot=${slot}`);
      assert.equal(status, fork === "fulu" ? 400 : 200, JSON.stringify(json));
    });

    it("takes votes in JSON", async () => {
      const {status, bytes} = await post(served, POOL, VOTES.toJson(votes), version);
      assert.deepEqual([status, bytes.length], [200, 0]);
      assert.equal(published(), votes.length);
    });

    it("takes votes in SSZ", async () => {
      const headers = {...version, "content-type": "application/octet-stream"};
      assert.equal((await post(served, POOL, VOTES.serialize(votes), headers)).status, 200);
      assert.equal(published(), votes.length);
    });

    it("takes the same votes again", async () => {
      for (let i = 0; i < 2; i++) assert.equal((await post(served, POOL, VOTES.toJson(votes), version)).status, 200);
    });

    it("keeps the good ones of a list and names the bad ones", async () => {
      const [first, second, ...rest] = votes;
      const forged = {...second!, signature: first!.signature};
      const {status, json} = await post(served, POOL, VOTES.toJson([first!, forged, ...rest]), version);
      assert.equal(status, 400);
      assert.equal(json.code, 400);
      assert.equal(typeof json.message, "string");
      assert.deepEqual(
        json.failures.map((failure: {index: number}) => failure.index),
        [1],
      );
      assert.match(json.failures[0].message, /signature/i);
      assert.equal(published(), votes.length - 1);
    });

    it("refuses votes without a version, and bodies that are no votes", async () => {
      assert.equal((await post(served, POOL, VOTES.toJson(votes))).status, 400);
      assert.equal((await post(served, POOL, [{slot: "1"}], version)).status, 400);
      const headers = {...version, "content-type": "application/octet-stream"};
      assert.equal((await post(served, POOL, new Uint8Array(13), headers)).status, 400);
      assert.equal(published(), 0);
    });

    it("aggregates, and takes aggregates back", async () => {
      await post(served, POOL, VOTES.toJson(votes), version);
      const [aggregate] = served.player.voters.aggregates(slot);
      const {data} = aggregate!.message.aggregate;
      const root = Buffer.from(ssz.phase0.AttestationData.hashTreeRoot(data)).toString("hex");
      const {committeeIndex} = votes.find(({attesterIndex}) => attesterIndex === aggregate!.message.aggregatorIndex)!;
      const query = `attestation_data_root=0x${root}&slot=${slot}&committee_index=${committeeIndex}`;
      const json = await call(served, `/eth/v2/validator/aggregate_attestation?${query}`);
      const binary = await call(served, `/eth/v2/validator/aggregate_attestation?${query}`, {
        headers: {accept: "application/octet-stream"},
      });
      const type = fork === "gloas" ? ssz.gloas.Attestation : ssz.electra.Attestation;
      assert.deepEqual(type.deserialize(binary.bytes), type.fromJson(json.json.data));
      assert.equal(binary.headers.get("eth-consensus-version"), fork);
      assert.deepEqual(json.json.data, type.toJson(aggregate!.message.aggregate));
      const signedType = fork === "gloas" ? ssz.gloas.SignedAggregateAndProof : ssz.electra.SignedAggregateAndProof;
      assert.equal((await post(served, AGGREGATES, [signedType.toJson(aggregate!)], version)).status, 200);
      const forged = {...aggregate!, signature: new Uint8Array(96).fill(1)};
      const refused = await post(
        served,
        AGGREGATES,
        [signedType.toJson(aggregate!), signedType.toJson(forged)],
        version,
      );
      assert.equal(refused.status, 400);
      assert.deepEqual(
        refused.json.failures.map((failure: {index: number}) => failure.index),
        [1],
      );
    });

    it("has no aggregate of data that nobody voted for", async () => {
      const query = `attestation_data_root=0x${"11".repeat(32)}&slot=${slot}&committee_index=0`;
      assert.equal((await call(served, `/eth/v2/validator/aggregate_attestation?${query}`)).status, 404);
    });

    it("knows who voted", async () => {
      await post(served, POOL, VOTES.toJson(votes), version);
      const epoch = Math.floor(slot / SLOTS_PER_EPOCH) as Epoch;
      const all = served.chain.pubkeys.map((_, index) => index as ValidatorIndex);
      const voter = String(votes[0]!.attesterIndex);
      const silent = String(served.chain.liveness(epoch, all).find(({isLive}) => !isLive)!.index);
      const {json} = await post(served, `/eth/v1/validator/liveness/${epoch}`, [voter, silent]);
      assert.deepEqual(json.data, [
        {index: voter, is_live: true},
        {index: silent, is_live: false},
      ]);
      assert.equal((await post(served, `/eth/v1/validator/liveness/${epoch + 1}`, [voter])).status, 400);
    });

    it("reads a whole block in SSZ", async () => {
      const {bytes, headers} = await call(served, "/eth/v2/beacon/blocks/head", {
        headers: {accept: "application/octet-stream"},
      });
      assert.equal(headers.get("eth-consensus-version"), fork);
      const types = sszTypesFor(fork as ForkName.fulu);
      const {message} = types.SignedBeaconBlock.deserialize(bytes);
      assert.equal(rootToHex(types.BeaconBlock.hashTreeRoot(message)), served.chain.head.root);
    });

    it("refuses formats that a route does not have", async () => {
      const duties = "/eth/v1/validator/duties/attester/1";
      assert.equal(
        (await post(served, duties, new Uint8Array(8), {"content-type": "application/octet-stream"})).status,
        415,
      );
      assert.equal(
        (await call(served, "/eth/v1/beacon/genesis", {headers: {accept: "application/octet-stream"}})).status,
        406,
      );
      assert.equal((await call(served, "/eth/v1/beacon/genesis", {headers: {accept: "text/html"}})).status, 406);
    });

    it("says plainly what it does not do", async () => {
      const {status, json} = await call(served, `/eth/v1/beacon/states/head/pending_deposits`);
      assert.equal(status, 501);
      assert.match(json.message, /does not serve getPendingDeposits/);
    });
  });
}

describe("the API before genesis", () => {
  it("has genesis, duties and data for slot 0", async () => {
    const served = await serve();
    const {json: genesis} = await call(served, "/eth/v1/beacon/genesis");
    assert.equal(genesis.data.genesis_time, String(served.chain.genesis.timeSec));
    const {json: syncing} = await call(served, "/eth/v1/node/syncing");
    assert.deepEqual([syncing.data.head_slot, syncing.data.sync_distance], ["0", "0"]);
    for (const epoch of [0, 1]) {
      const {json} = await post(served, `/eth/v1/validator/duties/attester/${epoch}`, ["0"]);
      assert.equal(json.data.length, 1);
      assert.equal(json.dependent_root, served.chain.genesis.blockRoot);
    }
    const {json: data} = await call(served, "/eth/v1/validator/attestation_data?slot=0&committee_index=0");
    assert.equal(data.data.beacon_block_root, served.chain.genesis.blockRoot);
    await served.endpoint.close();
  });
});
