import {strict as assert} from "node:assert";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import {type altair, ssz} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import {LIES} from "../../src/faults/fault-spec.ts";
import {call, EventReader, fault, post, type Served, serve} from "./support.ts";

const NONE = "bn0:down@999";
const everyone = Array.from({length: 64}, (_, index) => String(index));
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type Json = any;

/** What an endpoint with the fault answers to `ask`, and what it answers without. */
async function both(served: Served, text: string, ask: () => Promise<Json>): Promise<{told: Json; truth: Json}> {
  const truth = await ask();
  await fault(served, text);
  const told = await ask();
  await fault(served, NONE);
  return {told, truth};
}

/** Where two values of the same shape differ, as paths. */
function differences(a: Json, b: Json, path = ""): string[] {
  if (typeof a !== "object" || a === null) return a === b ? [] : [path];
  return Object.keys(a).flatMap((name) => differences(a[name], b?.[name], path === "" ? name : `${path}.${name}`));
}

describe("an endpoint that lies about votes", () => {
  let served: Served;
  before(async () => {
    served = await serve({slots: 11});
  });
  after(() => served.endpoint.close());

  const data = async () =>
    (await call(served, "/eth/v1/validator/attestation_data?slot=11&committee_index=0")).json.data;
  const expected: Record<(typeof LIES)["wrong-data"][number], string[]> = {
    slot: ["slot"],
    "future-target": ["target.epoch"],
    "source-above-target": ["source.epoch", "source.root"],
    target: ["target.root"],
    head: ["beacon_block_root"],
    "unknown-head": ["beacon_block_root"],
  };
  for (const how of LIES["wrong-data"]) {
    it(`wrong-data=${how}: is wrong in nothing else`, async () => {
      const {told, truth} = await both(served, `bn0:wrong-data=${how}`, data);
      assert.deepEqual(differences(truth, told), expected[how]);
      if (how === "source-above-target") assert(Number(told.source.epoch) > Number(told.target.epoch));
      if (how === "future-target") assert.equal(told.target.epoch, "2");
    });
  }

  it("wrong-data=target: names the first block of the epoch before", async () => {
    const {told} = await both(served, "bn0:wrong-data=target", data);
    assert.equal(told.target.root, served.chain.genesis.blockRoot);
  });

  it("wrong-data=head: leaves out a block that the sync committee has signed, and has the target of that branch", async () => {
    const {chain} = served;
    const {told} = await both(served, "bn0:wrong-data=head", data);
    const parent = chain.block(chain.block(chain.head.root)!.parentRoot)!;
    const leftOut = chain.block(parent.parentRoot)!;
    assert.equal(told.beacon_block_root, leftOut.parentRoot);
    const {syncAggregate} = parent.signed!.message.body as altair.BeaconBlockBody;
    assert(syncAggregate.syncCommitteeBits.getTrueBitIndexes().length * 3 >= SYNC_COMMITTEE_SIZE * 2);
    served.player.playTo(16);
    const atBoundary = async () =>
      (await call(served, "/eth/v1/validator/attestation_data?slot=16&committee_index=0")).json.data;
    const {told: crossing} = await both(served, "bn0:wrong-data=head", atBoundary);
    assert.equal(crossing.target.root, crossing.beacon_block_root);
    assert.equal(crossing.target.epoch, "2");
  });

  it("wrong-aggregate: the votes of another block", async () => {
    const dataRoot = rootToHex(
      ssz.phase0.AttestationData.hashTreeRoot(served.chain.attestationData(served.chain.currentSlot)!),
    );
    const path = `/eth/v2/validator/aggregate_attestation?attestation_data_root=${dataRoot}&slot=${served.chain.currentSlot}&committee_index=0`;
    const {told, truth} = await both(served, "bn0:wrong-aggregate", async () => (await call(served, path)).json.data);
    assert.deepEqual(differences(truth, told), ["data.beacon_block_root"]);
    // In SSZ the lie must not be covered by a root that was kept from hashing.
    await fault(served, "bn0:wrong-aggregate");
    const {bytes} = await call(served, path, {headers: {accept: "application/octet-stream"}});
    await fault(served, NONE);
    const {data} = ssz.electra.Attestation.deserialize(bytes);
    assert.notEqual(rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data)), dataRoot);
  });

  it("wrong-contribution: the messages for another block", async () => {
    const query = `slot=${served.chain.currentSlot}&subcommittee_index=0&beacon_block_root=${served.chain.head.root}`;
    const ask = async () => (await call(served, `/eth/v1/validator/sync_committee_contribution?${query}`)).json.data;
    const {told, truth} = await both(served, "bn0:wrong-contribution", ask);
    assert.deepEqual(differences(truth, told), ["beacon_block_root"]);
  });
});

describe("an endpoint that lies about the payload committee", () => {
  it("wrong-payload-attestation: data of another slot", async () => {
    const served = await serve({fork: "gloas", slots: 2});
    const ask = async () => (await call(served, "/eth/v1/validator/payload_attestation_data?slot=2")).json.data;
    const {told, truth} = await both(served, "bn0:wrong-payload-attestation", ask);
    assert.deepEqual(differences(truth, told), ["slot"]);
    await served.endpoint.close();
  });
});

for (const fork of ["fulu", "gloas"] as const) {
  describe(`an endpoint that lies about blocks, ${fork}`, () => {
    let served: Served;
    before(async () => {
      served = await serve({fork, slots: 2});
      served.chain.onSlot(3 as Slot);
    });
    after(() => served.endpoint.close());

    const isGloas = fork === "gloas";
    const ask = async () => {
      const reveal = `randao_reveal=0x${Buffer.from(served.player.validators.randaoReveal(3 as Slot)).toString("hex")}`;
      const path = `/eth/${isGloas ? "v4" : "v3"}/validator/blocks/3?${reveal}&include_payload=true`;
      const {json, headers, status} = await call(served, path);
      assert.equal(status, 200, JSON.stringify(json));
      return {...json, header: headers.get("eth-consensus-version")};
    };
    const payload = isGloas ? "data.execution_payload_envelope.payload" : "data.block.body.execution_payload";
    const expected: Record<(typeof LIES)["wrong-block"][number], string[]> = {
      "fee-recipient": [`${payload}.fee_recipient`, `${payload}.block_hash`, "data.block.state_root"],
      slot: ["data.block.slot"],
      proposer: ["data.block.proposer_index"],
      parent: ["data.block.parent_root"],
      version: ["version", "header"],
      envelope: isGloas ? [`${payload}.fee_recipient`] : [],
    };
    for (const how of LIES["wrong-block"]) {
      it(`wrong-block=${how}: is wrong in what it says and in nothing that does not follow from it`, async () => {
        const {told, truth} = await both(served, `bn0:wrong-block=${how}`, ask);
        const found = differences(truth, told);
        if (how === "fee-recipient") for (const path of expected[how]) assert(found.includes(path), path);
        else assert.deepEqual(found.sort(), [...expected[how]].sort());
      });
    }

    it("a block that pays someone else is sound, and would be taken", async () => {
      await fault(served, "bn0:wrong-block=fee-recipient");
      const {data} = await ask();
      await fault(served, NONE);
      const block = ssz[fork].BeaconBlock.fromJson(data.block);
      assert.equal(served.chain.submitBlock(served.player.validators.block(block)).kind, "accepted");
    });
  });
}

describe("an endpoint that lies about duties", () => {
  let served: Served;
  before(async () => {
    served = await serve({fork: "gloas", slots: 9});
  });
  after(() => served.endpoint.close());

  const asks: Record<string, () => Promise<Json>> = {
    attester: () => post(served, "/eth/v1/validator/duties/attester/1", everyone),
    ptc: () => post(served, "/eth/v1/validator/duties/ptc/1", everyone),
    proposer: () => call(served, "/eth/v1/validator/duties/proposer/1"),
    "proposer v2": () => call(served, "/eth/v2/validator/duties/proposer/1"),
  };
  for (const [name, ask] of Object.entries(asks)) {
    it(`duplicated: every ${name} duty again, in another slot of the epoch`, async () => {
      const {told, truth} = await both(served, "bn0:wrong-duties", async () => (await ask()).json.data);
      assert(truth.length > 0);
      assert.equal(told.length, 2 * truth.length);
      for (const [i, duty] of truth.entries()) {
        assert.deepEqual(told[2 * i], duty);
        assert.deepEqual(differences(duty, told[2 * i + 1]), ["slot"]);
        assert.equal(Math.floor(Number(told[2 * i + 1].slot) / SLOTS_PER_EPOCH), 1);
      }
    });

    it(`out-of-range: ${name} duties of another epoch`, async () => {
      const {told, truth} = await both(served, "bn0:wrong-duties=out-of-range", async () => (await ask()).json.data);
      assert.equal(told.length, truth.length);
      for (const duty of told) assert.equal(Math.floor(Number(duty.slot) / SLOTS_PER_EPOCH), 2);
    });
  }

  it("sync duties come twice, or with seats that do not exist", async () => {
    const ask = async () => (await post(served, "/eth/v1/validator/duties/sync/1", everyone)).json.data;
    const twice = await both(served, "bn0:wrong-duties=duplicated", ask);
    assert.deepEqual(twice.told, [...twice.truth, ...twice.truth]);
    const outside = await both(served, "bn0:wrong-duties=out-of-range", ask);
    for (const {validator_sync_committee_indices: seats} of outside.told) {
      for (const seat of seats) assert(Number(seat) >= SYNC_COMMITTEE_SIZE);
    }
  });
});

describe("an endpoint that lies in its events", () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve({slots: 2});
  });
  afterEach(() => served.endpoint.close());

  it("roots: blocks that nobody has", async () => {
    const reader = await EventReader.open(served, "topics=block,head,head_v2");
    await fault(served, "bn0:wrong-events");
    served.player.open(3 as Slot);
    for (let i = 0; i < 3; i++) {
      const {data} = await reader.event();
      const {slot, block} = data.data ?? data;
      assert.equal(slot, "3");
      assert.equal(served.chain.block(block), null);
    }
    await reader.close();
  });

  it("future: the head of a slot that has not begun", async () => {
    const reader = await EventReader.open(served, "topics=head");
    await fault(served, "bn0:wrong-events=future");
    served.player.open(3 as Slot);
    assert.equal((await reader.event()).data.slot, "4");
    await reader.close();
  });

  it("slashings: everyone is slandered with each head", async () => {
    const reader = await EventReader.open(served, "topics=head,attester_slashing");
    await fault(served, "bn0:wrong-events=slashings");
    served.player.open(3 as Slot);
    assert.equal((await reader.event()).topic, "head");
    const {topic, data} = await reader.event();
    assert.equal(topic, "attester_slashing");
    assert.deepEqual(data.attestation_1.attesting_indices, everyone);
    assert.notDeepEqual(data.attestation_1.data, data.attestation_2.data);
    await reader.close();
  });

  it("repeated-events: each event three times", async () => {
    const reader = await EventReader.open(served, "topics=block");
    await fault(served, "bn0:repeated-events");
    served.player.open(3 as Slot);
    served.player.vote(3 as Slot);
    served.player.open(4 as Slot);
    const slots: string[] = [];
    for (let i = 0; i < 6; i++) slots.push((await reader.event()).data.slot);
    assert.deepEqual(slots, ["3", "3", "3", "4", "4", "4"]);
    await reader.close();
  });

  it("stalled-events: streams open and are silent, comments included, until it is over", async () => {
    await fault(served, "bn0:stalled-events");
    const reader = await EventReader.open(served, "topics=head");
    assert.equal(reader.response.status, 200);
    served.player.open(3 as Slot);
    await served.clock.advance(60_000);
    await fault(served, NONE);
    served.player.open(4 as Slot);
    // The first thing that is read is what came after the fault.
    assert.equal((await reader.event()).data.slot, "4");
    await reader.close();
  });
});
