import {strict as assert} from "node:assert";
import {ArrayOf, ssz} from "@lodestar/types";
import {type Epoch, rootToHex, type Slot} from "@mote/core";
import {broken} from "../support/test-validators.ts";
import {call, EventReader, post, type Served, serve} from "./support.ts";

const SSZ = "application/octet-stream";
const GLOAS = {"eth-consensus-version": "gloas"};

/** What is of the slot that the tests are in. */
const ofSlot = <Message extends {readonly slot: number}>(list: readonly Message[]): Message[] =>
  list.filter(({slot}) => slot === 2);

describe("sync committee over HTTP", () => {
  const messages = ArrayOf(ssz.altair.SyncCommitteeMessage);
  const signedContributions = ArrayOf(ssz.altair.SignedContributionAndProof);
  const poolPath = "/eth/v1/beacon/pool/sync_committees";
  let served: Served;

  beforeEach(async () => {
    served = await serve({slots: 1});
    served.player.open(2 as Slot);
  });
  afterEach(() => served.endpoint.close());

  it("takes messages, names those that are wrong, and keeps the others", async () => {
    const list = served.player.validators.syncMessages(2 as Slot);
    const wrong = list.map((message, i) => (i === 1 ? {...message, signature: broken(message.signature)} : message));
    const {status, json} = await post(served, poolPath, messages.toJson(wrong));
    assert.equal(status, 400);
    assert.deepEqual(
      json.failures.map(({index}: {index: number}) => index),
      [1],
    );
    assert.equal((await post(served, poolPath, messages.toJson(list))).status, 200);
    assert.equal(ofSlot(served.chain.pools.syncCommitteeMessages).length, list.length);
  });

  it("joins them to contributions, and takes these signed", async () => {
    const {chain, player} = served;
    await post(served, poolPath, messages.toJson(player.validators.syncMessages(2 as Slot)));
    const query = `slot=2&subcommittee_index=3&beacon_block_root=${chain.head.root}`;
    const {json} = await call(served, `/eth/v1/validator/sync_committee_contribution?${query}`);
    const contribution = ssz.altair.SyncCommitteeContribution.fromJson(json.data);
    assert.deepEqual([contribution.slot, contribution.subcommitteeIndex], [2, 3]);
    assert.equal(rootToHex(contribution.beaconBlockRoot), chain.head.root);
    const before = chain.figures().syncContributions.published;
    const reader = await EventReader.open(served, "topics=contribution_and_proof");
    const signed = player.validators.contribution(contribution, player.validators.subcommittee(2 as Slot, 3)[0]!);
    const path = "/eth/v1/validator/contribution_and_proofs";
    assert.equal((await post(served, path, signedContributions.toJson([signed]))).status, 200);
    assert.equal((await reader.event()).data.message.contribution.subcommittee_index, "3");
    assert.deepEqual(chain.figures().syncContributions, {published: before + 1, rejected: 0});
    const wrong = {...signed, signature: broken(signed.signature)};
    const answer = await post(served, path, signedContributions.toJson([wrong]));
    assert.deepEqual([answer.status, answer.json.failures[0].index], [400, 0]);
    await reader.close();
  });
});

describe("payload committee over HTTP", () => {
  const messages = ArrayOf(ssz.gloas.PayloadAttestationMessage);
  const dataPath = "/eth/v1/validator/payload_attestation_data";
  const poolPath = "/eth/v1/beacon/pool/payload_attestations";
  let served: Served;

  beforeEach(async () => {
    served = await serve({fork: "gloas", slots: 1, init: {skip: [{from: 3, to: 3}]}});
    served.player.open(2 as Slot);
  });
  afterEach(() => served.endpoint.close());

  for (const format of ["json", "ssz"] as const) {
    it(`gives data and takes votes in ${format}`, async () => {
      const {chain, player} = served;
      const answer = await call(served, `${dataPath}?slot=2`, {
        headers: {accept: format === "ssz" ? SSZ : "application/json"},
      });
      const type = ssz.gloas.PayloadAttestationData;
      const data = format === "ssz" ? type.deserialize(answer.bytes) : type.fromJson(answer.json.data);
      assert.deepEqual([rootToHex(data.beaconBlockRoot), data.payloadPresent], [chain.head.root, true]);
      assert.equal(answer.headers.get("eth-consensus-version"), "gloas");
      const list = player.validators
        .payloadCommittee(2 as Slot)
        .map((i) => player.validators.payloadAttestation(i, data));
      const reader = await EventReader.open(served, "topics=payload_attestation_message");
      const body = format === "ssz" ? messages.serialize(list) : messages.toJson(list);
      const headers = format === "ssz" ? {...GLOAS, "content-type": SSZ} : GLOAS;
      assert.equal((await post(served, poolPath, body, headers)).status, 200);
      assert.equal((await reader.event()).data.data.validator_index, String(list[0]!.validatorIndex));
      assert.equal(ofSlot(chain.pools.payloadAttestations.map(({data}) => data)).length, list.length);
      await reader.close();
    });
  }

  it("says 204 while no block of the slot was seen", async () => {
    served.chain.onSlot(3 as Slot);
    for (const slot of [3, 4]) {
      const {status, bytes} = await call(served, `${dataPath}?slot=${slot}`);
      assert.deepEqual([status, bytes.length], [204, 0]);
    }
  });

  it("names the votes that are wrong, and wants to know the fork", async () => {
    const list = served.player.validators.payloadAttestations(2 as Slot);
    const wrong = list.map((vote, i) => (i === 0 ? {...vote, signature: broken(vote.signature)} : vote));
    const {status, json} = await post(served, poolPath, messages.toJson(wrong), GLOAS);
    assert.deepEqual([status, json.failures[0].index], [400, 0]);
    assert.equal((await post(served, poolPath, messages.toJson(list))).status, 400);
  });
});

describe("payload committee duties at the fork", () => {
  it("are known from the fork on, and until then said to be unknown", async () => {
    const served = await serve({fork: {gloasEpoch: 1 as Epoch}, slots: 7});
    const ask = (epoch: number) => post(served, `/eth/v1/validator/duties/ptc/${epoch}`, ["0", "1", "2"]);
    for (const epoch of [0, 1]) {
      const {status, json} = await ask(epoch);
      assert.deepEqual([status, json.code], [400, 400], String(epoch));
    }
    // The slot has begun, and there is no block in it yet.
    served.chain.onSlot(8 as Slot);
    const {status, json} = await ask(1);
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.dependent_root, served.chain.genesis.blockRoot);
    assert.equal((await ask(2)).status, 200);
    await served.endpoint.close();
  });
});

describe("proposer duties over HTTP", () => {
  it("v1 rests on the last block before the epoch, v2 on the last before the one ahead of it", async () => {
    const served = await serve({slots: 18});
    const {chain} = served;
    for (const epoch of [2, 3]) {
      const v1 = await call(served, `/eth/v1/validator/duties/proposer/${epoch}`);
      const v2 = await call(served, `/eth/v2/validator/duties/proposer/${epoch}`);
      assert.equal(v1.json.dependent_root, chain.rootAtSlot((8 * epoch - 1) as Slot));
      assert.equal(v2.json.dependent_root, chain.rootAtSlot((8 * (epoch - 1) - 1) as Slot));
      assert.deepEqual(v1.json.data, v2.json.data);
    }
    await served.endpoint.close();
  });
});

describe("proposer preferences over HTTP", () => {
  const type = ArrayOf(ssz.gloas.SignedProposerPreferences);
  const path = "/eth/v1/validator/proposer_preferences";

  for (const format of ["json", "ssz"] as const) {
    it(`are taken in ${format}, and change the blocks that are made`, async () => {
      const served = await serve({fork: "gloas", slots: 1});
      const {chain, player} = served;
      const proposer = player.validators.proposer(3 as Slot);
      const list = [player.validators.preferences(3 as Slot, proposer)];
      const headers = format === "ssz" ? {...GLOAS, "content-type": SSZ} : GLOAS;
      const body = format === "ssz" ? type.serialize(list) : type.toJson(list);
      assert.equal((await post(served, path, body, headers)).status, 200);
      const other = player.validators.preferences(3 as Slot, proposer, `0x${"12".repeat(20)}`);
      const {status, json} = await post(served, path, type.toJson([...list, other]), GLOAS);
      assert.deepEqual([status, json.failures[0].index], [400, 1]);
      player.open(2 as Slot);
      chain.onSlot(3 as Slot);
      const {envelope} = player.validators.produce(3 as Slot);
      assert.deepEqual(envelope?.payload.feeRecipient, list[0]?.message.feeRecipient);
      await served.endpoint.close();
    });
  }
});
