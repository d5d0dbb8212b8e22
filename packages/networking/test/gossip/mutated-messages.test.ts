import assert from "node:assert/strict";
import {FakeClock, FakeLog} from "@mote/testing";
import fc from "fast-check";
import {Inbound} from "../../src/gossip/inbound.ts";
import {messageTypeOf} from "../../src/gossip/message-types.ts";
import {GOSSIP_KINDS} from "../../src/gossip/topics.ts";
import {SnappyTransform} from "../../src/gossip/transform.ts";
import {chain} from "./support/chains.ts";

const {config, topics} = chain();

/** Each kind of message of each fork, as it travels. */
const transform = new SnappyTransform({config, topics}, {isExpected: () => true});
const corpus = [...topics.all()]
  .filter(({subnetId}) => subnetId === null || subnetId === 0)
  .map(({name, kind, period}) => {
    const type = messageTypeOf(kind, period.fork) as unknown as {
      defaultValue(): never;
      serialize(value: never): Uint8Array;
    };
    return {topicName: name, data: transform.outboundTransform(name, type.serialize(type.defaultValue()))};
  });

function inbound() {
  const counts = {handled: 0, offences: 0};
  const log = new FakeLog();
  const room = new Inbound({topics}, {clock: new FakeClock({nowMs: 0}), log, onOffence: () => counts.offences++});
  for (const kind of GOSSIP_KINDS) {
    room.handle(kind, () => {
      counts.handled++;
      return "accept";
    });
  }
  return {room, counts, log};
}

async function verdictOn(room: Inbound, topicName: string, bytes: Uint8Array): Promise<string> {
  const data = transform.inboundTransform(topicName, bytes);
  return room.validate({topicName, data, isDamaged: transform.isDamaged(data), peer: "peer"});
}

describe("messages of every kind and fork", () => {
  it("come to their handlers when they are whole", async () => {
    const {room, counts} = inbound();
    for (const {topicName, data} of corpus) assert.equal(await verdictOn(room, topicName, data), "accept", topicName);
    assert.deepEqual(counts, {handled: corpus.length, offences: 0});
  });

  it("come to a verdict when they are not, without a throw", async () => {
    const {room, counts, log} = inbound();
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), {minLength: 1, maxLength: 4});
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...corpus), mutations, fc.nat(), async ({topicName, data}, changes, cut) => {
        const mutated = Uint8Array.from(data.subarray(0, cut % 3 === 0 ? cut % (data.length + 1) : data.length));
        for (const [at, byte] of changes) if (mutated.length > 0) mutated[at % mutated.length] = byte;
        assert.match(await verdictOn(room, topicName, mutated), /^(accept|reject)$/);
      }),
      {numRuns: 1_000},
    );
    assert.ok(counts.handled > 0 && counts.offences > 0, "both ways were taken");
    assert.deepEqual(log.lines, []);
  });
});
