import {strict as assert} from "node:assert";
import {ssz} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {wrongEvents} from "../../src/api/lies/wrong-events.ts";
import {call, EventReader, post, type Served, serve} from "./support.ts";

describe("operations over HTTP", () => {
  let served: Served;

  before(async () => {
    served = await serve({slots: 2});
  });
  after(() => served.endpoint.close());

  it("takes a voluntary exit only when it may be, and tells of it", async () => {
    const path = "/eth/v1/beacon/pool/voluntary_exits";
    // Nobody may leave so soon after genesis.
    const exit = ssz.phase0.SignedVoluntaryExit.toJson(served.player.validators.exit(5, 0));
    const {status, json} = await post(served, path, exit);
    assert.deepEqual([status, json.code], [400, 400]);
    assert.deepEqual((await call(served, path)).json, {data: []});
  });

  it("takes a proposer slashing, shows it in the pool, and tells of it", async () => {
    const path = "/eth/v1/beacon/pool/proposer_slashings";
    const reader = await EventReader.open(served, "topics=proposer_slashing");
    const slashing = ssz.phase0.ProposerSlashing.toJson(served.player.validators.proposerSlashing(7, 1 as Slot));
    assert.equal((await post(served, path, slashing)).status, 200);
    assert.deepEqual((await call(served, path)).json, {data: [slashing]});
    const {topic, data} = await reader.event();
    assert.deepEqual([topic, data], ["proposer_slashing", slashing]);
    await reader.close();
  });

  it("refuses slashings and changes that nobody deserved", async () => {
    const head = served.player.events.findLast((event) => event.kind === "head")!;
    const [, slander] = wrongEvents("slashings", head, 4);
    assert(slander?.kind === "attester_slashing");
    const body = ssz.electra.AttesterSlashing.toJson(slander.message);
    const attesterPath = "/eth/v2/beacon/pool/attester_slashings";
    const {status} = await post(served, attesterPath, body, {"eth-consensus-version": "fulu"});
    assert.equal(status, 400);
    assert.deepEqual((await call(served, attesterPath)).json, {version: "fulu", data: []});
    const change = ssz.capella.SignedBLSToExecutionChange.toJson(ssz.capella.SignedBLSToExecutionChange.defaultValue());
    const changes = await post(served, "/eth/v1/beacon/pool/bls_to_execution_changes", [change]);
    assert.deepEqual([changes.status, changes.json.failures[0].index], [400, 0]);
  });

  it("knows the rewards of a block and of its sync committee", async () => {
    const block = await call(served, "/eth/v1/beacon/rewards/blocks/2");
    assert.equal(block.json.data.proposer_index, String(served.chain.blockAtSlot(2 as Slot)?.proposerIndex));
    assert(Number(block.json.data.sync_aggregate) > 0);
    const path = "/eth/v1/beacon/rewards/sync_committee/2";
    const [first] = served.player.validators.subcommittee(1 as Slot, 0);
    const {json} = await post(served, path, [String(first)]);
    assert(json.data.length > 0);
    assert(json.data.every((one: {validator_index: string}) => one.validator_index === String(first)));
    assert(json.data.every((one: {reward: string}) => Number(one.reward) > 0));
    assert.equal((await post(served, path, ["999"])).status, 400);
    assert.equal((await post(served, "/eth/v1/beacon/rewards/sync_committee/99", [])).status, 404);
  });
});
