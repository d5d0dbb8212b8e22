import assert from "node:assert/strict";
import {DOMAIN_SELECTION_PROOF, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF} from "@lodestar/params";
import {computeSigningRoot} from "@lodestar/state-transition";
import {ssz} from "@lodestar/types";
import {bytesToHex, type Slot} from "@mote/core";
import {Middleware} from "../../src/middleware/middleware.ts";
import {changed, SlotPlayer, testKeys} from "../chain/support.ts";
import {MiddlewareUnderTest, type TestOperator, VALIDATORS} from "./support.ts";

const VOTES = "/eth/v2/beacon/pool/attestations";
const DATA = "/eth/v1/validator/attestation_data";
const WHOLE = testKeys(VALIDATORS);

describe("Middleware", () => {
  let under: MiddlewareUnderTest;
  let player: SlotPlayer;
  before(async () => {
    under = new MiddlewareUnderTest();
    await under.open();
    player = new SlotPlayer(under.chain);
    player.playTo(1);
  });
  after(() => under.close());
  beforeEach(() => {
    under.upstream.asked.length = 0;
    under.upstream.reply = () => ({json: {data: []}});
    under.said.length = 0;
  });

  const all = <T>(work: (operator: TestOperator) => Promise<T>): Promise<T[]> =>
    Promise.all(under.operators.map((operator) => work(operator)));
  const json = async (response: Response): Promise<{data: unknown}> => {
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as {data: unknown};
  };

  it("refuses a cluster whose halves could sign apart", async () => {
    const init = {shape: {threshold: 2, operators: 4}, keys: [], urls: [under.upstream.url]};
    const components = {config: under.chain.config, clock: under.clock, log: () => {}};
    await assert.rejects(
      Middleware.open(init, components),
      /middleware 2-of-4: at most 8 operators, and more than half/,
    );
  });

  describe("public keys", () => {
    it("are the shares' to the operator and the validators' to the beacon node", async () => {
      const path = "/eth/v1/beacon/states/head/validators";
      const foreign = `0x${"ab".repeat(48)}`;
      const validator = (pubkey: string) => ({index: "0", validator: {pubkey}});
      under.upstream.reply = ({method, body, path: asked}) => {
        const ids = method === "POST" ? JSON.parse(body).ids : new URL(asked, "http://x").searchParams.getAll("id");
        return {json: {data: ids.map(validator)}};
      };
      for (const [at, operator] of under.operators.entries()) {
        const share = operator.keys[3]!.pubkey;
        const posted = await json(await operator.post(path, {ids: [share, foreign], statuses: []}));
        const got = await json(await operator.get(`${path}?id=${share}&id=${foreign}`));
        assert.deepEqual(posted.data, [validator(share), validator(foreign)]);
        assert.deepEqual(got.data, posted.data);
        const [byPost, byGet] = under.upstream.asked.slice(2 * at);
        assert.deepEqual(JSON.parse(byPost!.body).ids, [WHOLE[3]!.pubkey, foreign]);
        assert.equal(byGet!.path, `${path}?id=${WHOLE[3]!.pubkey}&id=${foreign}`);
      }
    });

    it("of duties are the shares'", async () => {
      under.upstream.reply = () => ({json: {data: [{pubkey: WHOLE[5]!.pubkey, slot: "9"}]}});
      for (const path of ["attester/1", "sync/1", "ptc/1"]) {
        const {data} = await json(await under.operator(2).post(`/eth/v1/validator/duties/${path}`, ["5"]));
        assert.deepEqual(data, [{pubkey: under.operator(2).keys[5]!.pubkey, slot: "9"}]);
      }
      const {data} = await json(await under.operator(1).get("/eth/v2/validator/duties/proposer/1"));
      assert.deepEqual(data, [{pubkey: under.operator(1).keys[5]!.pubkey, slot: "9"}]);
    });
  });

  describe("what the cluster has to agree on", () => {
    it("is the first answer, for all and for good", async () => {
      let count = 0;
      under.upstream.reply = () => ({json: {data: {head: ++count}}, headers: {"eth-consensus-version": "fulu"}});
      const answers = await all(async (operator) => json(await operator.get(`${DATA}?slot=7&committee_index=1`)));
      answers.push(await json(await under.operator(0).get(`${DATA}?slot=7&committee_index=0`)));
      assert.deepEqual(answers, Array(5).fill({data: {head: 1}}));
      assert.equal(count, 1);
      assert.deepEqual(await json(await under.operator(0).get(`${DATA}?slot=8&committee_index=0`)), {data: {head: 2}});
    });

    it("is told apart by all that is asked where the slot alone does not say it", async () => {
      let count = 0;
      under.upstream.reply = () => ({json: {data: ++count}});
      const path = "/eth/v1/validator/sync_committee_contribution";
      const ask = async (query: string) => (await json(await under.operator(1).get(`${path}?${query}`))).data;
      const [first, other, again] = [await ask("slot=1&x=1"), await ask("slot=1&x=2"), await ask("x=1&slot=1")];
      assert.deepEqual([first, other, again], [1, 2, 1]);
    });

    it("is not agreed on while the beacon node has none", async () => {
      const statuses = [503, 204, 200, 200];
      const path = "/eth/v1/validator/payload_attestation_data?slot=3";
      under.upstream.reply = () => ({status: statuses.shift() ?? 500});
      const got: number[] = [];
      for (const operator of under.operators) got.push((await operator.get(path)).status);
      assert.deepEqual(got, [503, 204, 200, 200]);
      assert.deepEqual(statuses, [200]);
    });
  });

  describe("selections", () => {
    const selection = (operator: TestOperator, slot: number, subcommitteeIndex?: number, index = 2) => {
      const domain = subcommitteeIndex === undefined ? DOMAIN_SELECTION_PROOF : DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF;
      const at = under.chain.config.getDomain(slot, domain);
      const root =
        subcommitteeIndex === undefined
          ? computeSigningRoot(ssz.Slot, slot, at)
          : computeSigningRoot(ssz.altair.SyncAggregatorSelectionData, {slot, subcommitteeIndex}, at);
      return {
        validator_index: String(index),
        slot: String(slot),
        ...(subcommitteeIndex === undefined ? {} : {subcommittee_index: String(subcommitteeIndex)}),
        selection_proof: bytesToHex(operator.validators.sign(index, root)),
      };
    };
    const whole = {validators: {sign: (at: number, root: Uint8Array) => WHOLE[at]!.secretKey.sign(root).toBytes()}};

    it("wait for the cluster, and come back as the whole key's, to latecomers at once", async () => {
      const committee = "/eth/v1/validator/beacon_committee_selections";
      const sync = "/eth/v1/validator/sync_committee_selections";
      for (const [path, subcommittee] of [
        [committee, undefined],
        [sync, 3],
      ] as const) {
        const ask = async (at: number) =>
          json(await under.operator(at).post(path, [selection(under.operator(at), 9, subcommittee)]));
        let isAnswered = false;
        const waits = under.clock.waits(2);
        const two = Promise.all([ask(3), ask(1)]).finally(() => {
          isAnswered = true;
        });
        await waits;
        assert.equal(isAnswered, false);
        const answers = [await ask(0), ...(await two), await ask(2)];
        const expected = {data: [selection(whole as TestOperator, 9, subcommittee)]};
        assert.deepEqual(answers, Array(4).fill(expected));
      }
      assert.deepEqual(under.upstream.asked, []);
    });

    it("are given up when too few come", async () => {
      const path = "/eth/v1/validator/beacon_committee_selections";
      const waits = under.clock.waits(1);
      const waiting = under.operator(0).post(path, [selection(under.operator(0), 11)]);
      await waits;
      await under.clock.advance(8 * 2000 + 1);
      const response = await waiting;
      assert.equal(response.status, 503);
      assert.match(((await response.json()) as {message: string}).message, /Only 1 of the cluster/);
    });

    it("refuse what another share signed, or a stranger", async () => {
      const path = "/eth/v1/validator/beacon_committee_selections";
      const [first, second] = [under.operator(0), under.operator(1)];
      const stranger = {...selection(first, 12), validator_index: "99"};
      const response = await first.post(path, [selection(first, 12), selection(second, 12), stranger]);
      assert.equal(response.status, 400);
      const {failures} = (await response.json()) as {failures: {index: number; message: string}[]};
      assert.deepEqual(
        failures.map(({index, message}) => `${index}: ${message}`),
        ["1: the signature is not that of this operator's key share", "2: validator 99 is not of this cluster"],
      );
    });
  });

  describe("block production", () => {
    const produce = (operator: TestOperator, slot: number, proposer: number) => {
      const reveal = bytesToHex(operator.validators.randaoReveal(slot as Slot, proposer));
      return operator.get(`/eth/v3/validator/blocks/${slot}?randao_reveal=${reveal}&graffiti=0xaa`);
    };
    beforeEach(() => {
      const duty = (slot: number) => ({slot: String(slot), validator_index: "6", pubkey: WHOLE[6]!.pubkey});
      under.upstream.reply = ({path}) =>
        path.includes("/duties/proposer/")
          ? {json: {data: [5, 6, 13].map(duty)}}
          : {json: {data: path}, headers: {"eth-execution-payload-blinded": "false", "eth-consensus-version": "fulu"}};
    });

    it("waits for the cluster's reveal, asks once with it, and gives the same block to all", async () => {
      const path = "/eth/v3/validator/blocks/5";
      const waits = under.clock.waits(2);
      const waiting = [produce(under.operator(2), 5, 6), produce(under.operator(0), 5, 6)];
      await waits;
      assert.deepEqual(under.upstream.askedFor(path), []);
      const third = await produce(under.operator(3), 5, 6);
      const responses = [third, ...(await Promise.all(waiting)), await produce(under.operator(1), 5, 6)];
      const reveal = bytesToHex(new SlotPlayer(under.chain).validators.randaoReveal(5 as Slot, 6));
      for (const response of responses) {
        assert.equal(response.headers.get("eth-execution-payload-blinded"), "false");
        assert.equal(response.headers.get("eth-consensus-version"), "fulu");
        assert.deepEqual(await json(response), {data: `${path}?randao_reveal=${reveal}&graffiti=0xaa`});
      }
      assert.equal(under.upstream.askedFor(path).length, 1);
    });

    it("refuses a reveal of another validator's share, and gives up after a slot", async () => {
      const refused = await produce(under.operator(2), 13, 7);
      assert.equal(refused.status, 400);
      const waits = under.clock.waits(2);
      const waiting = [produce(under.operator(1), 13, 6), produce(under.operator(0), 13, 6)];
      await waits;
      await under.clock.advance(2001);
      for (const response of await Promise.all(waiting)) assert.equal(response.status, 503);
      assert.deepEqual(under.upstream.askedFor("/eth/v3/validator/blocks/13"), []);
    });
  });

  describe("publication", () => {
    /** The votes of slot 1 as they would be for another head, which `head` tells apart. */
    const votesOf = (operator: TestOperator, head: number) => {
      const data = changed(player.voters.data(1 as Slot), {beaconBlockRoot: new Uint8Array(32).fill(head)});
      return operator.voters.singles(1 as Slot, data).map((vote) => ssz.electra.SingleAttestation.toJson(vote));
    };

    it("never mixes shares of different messages", async () => {
      for (const [at, head] of [
        [0, 1],
        [1, 1],
        [2, 2],
        [3, 3],
      ] as const) {
        const operator = under.operator(at);
        assert.equal((await operator.post(VOTES, votesOf(operator, head))).status, 200);
      }
      assert.deepEqual(under.upstream.asked, []);
    });

    it("keeps the good of a list, names the bad, and publishes what is whole", async () => {
      const [first, second, third] = [under.operator(0), under.operator(1), under.operator(2)];
      const votes = votesOf(first, 9) as Record<string, unknown>[];
      assert.equal(votes.length, 2);
      const bad = {...votes[1], signature: (votesOf(second, 9)[1] as {signature: string}).signature};
      const response = await first.post(VOTES, [votes[0], bad, {data: 1}]);
      assert.equal(response.status, 400);
      const {failures} = (await response.json()) as {failures: {index: number}[]};
      assert.deepEqual(
        failures.map(({index}) => index),
        [1, 2],
      );
      for (const operator of [second, third]) {
        assert.equal((await operator.post(VOTES, votesOf(operator, 9))).status, 200);
      }
      const [published, ...more] = under.upstream.askedFor(VOTES);
      assert.deepEqual(more, []);
      const indices = (JSON.parse(published!.body) as {attester_index: string}[]).map((vote) => vote.attester_index);
      assert.deepEqual(indices, [votes[0]!.attester_index]);
    });

    it("counts an operator that sends twice once", async () => {
      for (const at of [0, 1, 0, 1]) {
        const operator = under.operator(at);
        assert.equal((await operator.post(VOTES, votesOf(operator, 4))).status, 200);
      }
      assert.deepEqual(under.upstream.asked, []);
    });

    it("publishes the sync messages of two slots without a new block, though their signatures are the same", async () => {
      const path = "/eth/v1/beacon/pool/sync_committees";
      for (const slot of [1, 2] as Slot[]) {
        for (const at of [0, 1, 2, 3]) {
          const operator = under.operator(at);
          const message = operator.validators.syncMessage(slot, 4, under.chain.head.root);
          const response = await operator.post(path, [ssz.altair.SyncCommitteeMessage.toJson(message)]);
          assert.equal(response.status, 200, await response.text());
        }
      }
      const published = under.upstream.askedFor(path).map(({body}) => JSON.parse(body)[0]);
      assert.deepEqual(
        published.map(({slot}) => slot),
        ["1", "2"],
      );
      assert.equal(published[0].signature, published[1].signature);
    });

    it("says what the beacon node did not take, and troubles no operator with it", async () => {
      under.upstream.reply = () => ({status: 400, json: {message: "no such head"}});
      for (const at of [1, 2, 3]) {
        const operator = under.operator(at);
        assert.equal((await operator.post(VOTES, votesOf(operator, 5))).status, 200);
      }
      assert.equal(under.said.length, 1);
      assert.match(
        under.said[0]!,
        /^middleware: POST \/eth\/v2\/beacon\/pool\/attestations was not taken: .*no such head/,
      );
    });

    it("takes JSON alone", async () => {
      const headers = {"content-type": "application/octet-stream"};
      assert.equal((await under.operator(0).post(VOTES, {}, headers)).status, 415);
      assert.equal((await under.operator(0).post(VOTES, {})).status, 400);
    });

    it("ends registrations here: they name the share's key", async () => {
      assert.equal((await under.operator(0).post("/eth/v1/validator/register_validator", [{}])).status, 200);
      assert.deepEqual(under.upstream.asked, []);
    });
  });

  describe("all else", () => {
    it("goes to the beacon node and back as it is", async () => {
      under.upstream.reply = () => ({status: 418, json: {a: 1}, headers: {"eth-x": "y"}});
      const path = "/eth/v1/validator/prepare_beacon_proposer?q=1";
      const response = await under.operator(3).post(path, [{validator_index: "1"}], {"eth-consensus-version": "fulu"});
      assert.equal(response.status, 418);
      assert.equal(response.headers.get("eth-x"), "y");
      assert.deepEqual(await response.json(), {a: 1});
      const [asked] = under.upstream.asked;
      assert.deepEqual([asked!.method, asked!.path, asked!.body], ["POST", path, '[{"validator_index":"1"}]']);
      assert.equal(asked!.headers["eth-consensus-version"], "fulu");
    });

    it("is heard at once where an answer has no end, and the beacon node learns when nobody listens any more", async () => {
      const left = Promise.withResolvers<void>();
      under.upstream.reply = (_, response) => {
        response.writeHead(200, {"content-type": "text/event-stream"});
        response.write("event: head\ndata: {}\n\n");
        response.once("close", () => left.resolve());
        return null;
      };
      const listening = new AbortController();
      const response = await fetch(`${under.operator(0).url}/eth/v1/events?topics=head`, {signal: listening.signal});
      const {value} = await response.body!.getReader().read();
      assert.equal(Buffer.from(value!).toString(), "event: head\ndata: {}\n\n");
      listening.abort();
      await left.promise;
    });

    it("is 502 when the beacon node breaks off", async () => {
      under.upstream.reply = (_, response) => {
        response.destroy();
        return null;
      };
      for (const path of ["/eth/v1/node/syncing", `${DATA}?slot=30`]) {
        assert.equal((await under.operator(0).get(path)).status, 502, path);
      }
    });
  });
});
