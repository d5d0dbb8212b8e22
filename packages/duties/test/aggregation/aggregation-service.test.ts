import assert from "node:assert/strict";
import {attestationDataRoot} from "@mote/consensus";
import {type Attestation, type CommitteeIndex, rootToHex} from "@mote/core";
import {AggregationService} from "../../src/aggregation/aggregation-service.ts";
import {AGGREGATE_DUE_MS, data, duty, fakePorts, root, SLOT_MS, signature} from "../support/world.ts";

const aggregateOf = (of: ReturnType<typeof data>): Attestation => ({
  aggregationBits: {bits: Uint8Array.of(0b1111), length: 4},
  committeeBits: {bits: Uint8Array.of(1), length: 4},
  data: of,
  signature: signature(3),
});

describe("AggregationService", () => {
  function setUp(isSelected: (index: number) => boolean = () => true) {
    const ports = fakePorts(9);
    const {chain, signer, publisher, journal, slotClock} = ports;
    const service = new AggregationService(
      {
        aggregateDueMs: () => AGGREGATE_DUE_MS,
        selectionProofOf: ({validatorIndex}) => (isSelected(validatorIndex) ? signature(validatorIndex) : null),
      },
      {chainData: chain, signer, publisher, journal, slotClock},
    );
    return {...ports, service, stopping: new AbortController()};
  }
  const vote = {
    data: data(9),
    duties: [duty(1, 9), duty(2, 9), duty(3, 9, {committeeIndex: 1 as CommitteeIndex})],
  };

  it("asks once a committee, by the root of exactly the data voted for, at the due time", async () => {
    const {clock, chain, publisher, service, stopping, journal} = setUp();
    const asked: string[] = [];
    chain.aggregate = ({attestationDataRoot: of}) => {
      asked.push(of);
      return aggregateOf(data(9));
    };
    void service.aggregate(vote, stopping.signal);
    await clock.advance(AGGREGATE_DUE_MS - 1);
    assert.deepEqual(asked, []);
    await clock.advance(1);
    const dataRoot = rootToHex(attestationDataRoot(data(9)));
    assert.deepEqual(asked, [dataRoot, dataRoot]);
    const sent = publisher.aggregates[0] ?? [];
    assert.deepEqual(sent.map(({message}) => message.aggregatorIndex).sort(), [1, 2, 3]);
    assert.deepEqual(sent[0]?.message.selectionProof, signature(1));
    assert.ok(journal.of(3, 9, "aggregation")?.reachedMs.published);
    assert.equal(journal.endOf(3, 9, "aggregation"), "done");
  });

  it("does nothing for validators that were not selected", async () => {
    const {clock, publisher, service, stopping, journal} = setUp((index) => index === 2);
    void service.aggregate(vote, stopping.signal);
    await clock.advance(SLOT_MS);
    assert.equal(publisher.aggregates.length, 0, "no aggregate came");
    assert.equal(journal.of(1, 9, "aggregation"), undefined);
    assert.match(journal.endOf(2, 9, "aggregation") ?? "", /^NO_AGGREGATE/);
  });

  it("signs no aggregate of other data", async () => {
    const {clock, chain, publisher, service, stopping, journal} = setUp();
    chain.aggregate = () => aggregateOf(data(9, {beaconBlockRoot: root(66)}));
    void service.aggregate(vote, stopping.signal);
    await clock.advance(AGGREGATE_DUE_MS);
    assert.equal(publisher.aggregates.length, 0);
    assert.match(journal.endOf(1, 9, "aggregation") ?? "", /^BEACON_DATA_INVALID/);
  });

  it("begins no aggregate when Mote stops", async () => {
    const {clock, chain, publisher, service, stopping, journal} = setUp();
    chain.aggregate = () => aggregateOf(data(9));
    const done = service.aggregate(vote, stopping.signal);
    await clock.advance(100);
    stopping.abort();
    await done;
    assert.equal(publisher.aggregates.length, 0);
    assert.match(journal.endOf(1, 9, "aggregation") ?? "", /^SHUTTING_DOWN/);
  });
});
