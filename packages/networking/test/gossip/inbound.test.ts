import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {FakeClock, FakeLog} from "@mote/testing";
import {Inbound} from "../../src/gossip/inbound.ts";
import type {Validation} from "../../src/network.ts";
import {chain} from "./support/chains.ts";

const SLASHING = ssz.phase0.ProposerSlashing.serialize(ssz.phase0.ProposerSlashing.defaultValue());
const IN_VALIDATION_MAX = 64;

function inbound() {
  const {digests, topics} = chain();
  const log = new FakeLog();
  const offences: string[] = [];
  const room = new Inbound(
    {topics},
    {clock: new FakeClock({nowMs: 5_000}), log, onOffence: (peer, offence) => offences.push(`${peer} ${offence}`)},
  );
  const topicName = topics.find("proposer_slashing", null, digests.periods[0]!)!.name;
  const message = {topicName, data: SLASHING, isDamaged: false, peer: "peer"};
  return {room, log, offences, message};
}

describe("messages that come in", () => {
  it("are ignored beyond a number in validation, and taken again when there is room", async () => {
    const {room, message} = inbound();
    const waiting: ((verdict: Validation) => void)[] = [];
    room.handle("proposer_slashing", () => new Promise((resolve) => waiting.push(resolve)));
    const verdicts = Array.from({length: IN_VALIDATION_MAX + 10}, (_, n) =>
      room.validate({...message, peer: `peer ${n % 4}`}),
    );
    assert.equal(waiting.length, IN_VALIDATION_MAX);
    assert.equal(await verdicts[IN_VALIDATION_MAX], "ignore");
    for (const resolve of waiting.splice(0)) resolve("accept");
    assert.deepEqual([...new Set(await Promise.all(verdicts.slice(0, IN_VALIDATION_MAX)))], ["accept"]);
    const next = room.validate(message);
    waiting[0]!("reject");
    assert.equal(await next, "reject");
  });

  it("are ignored beyond half of that number for one peer, and others' are taken beside them", async () => {
    const {room, message} = inbound();
    const waiting: ((verdict: Validation) => void)[] = [];
    room.handle("proposer_slashing", () => new Promise((resolve) => waiting.push(resolve)));
    const burst = () =>
      Array.from({length: IN_VALIDATION_MAX + 10}, () => room.validate({...message, peer: "flooder"}));
    const verdicts = burst();
    assert.equal(waiting.length, IN_VALIDATION_MAX / 2);
    verdicts.push(room.validate(message));
    assert.equal(waiting.length, IN_VALIDATION_MAX / 2 + 1);
    for (const resolve of waiting.splice(0)) resolve("accept");
    const accepted = (await Promise.all(verdicts)).filter((verdict) => verdict === "accept");
    assert.equal(accepted.length, IN_VALIDATION_MAX / 2 + 1);
    void burst();
    assert.equal(waiting.length, IN_VALIDATION_MAX / 2, "there is room again for as many");
  });

  it("cost nobody when it is we who fail", async () => {
    const {room, message, log, offences} = inbound();
    room.handle("proposer_slashing", () => {
      throw new Error("a defect of ours");
    });
    assert.equal(await room.validate(message), "ignore");
    assert.deepEqual([log.lines.length, offences.length], [1, 0]);
  });

  it("of a kind without a handler are ignored", async () => {
    const {room, message} = inbound();
    assert.equal(await room.validate(message), "ignore");
  });

  it("are rejected without a word to the handler when they are damaged or no SSZ", async () => {
    const {room, message, offences} = inbound();
    room.handle("proposer_slashing", () => assert.fail("the handler was called"));
    assert.equal(await room.validate({...message, isDamaged: true}), "reject");
    assert.equal(await room.validate({...message, data: SLASHING.subarray(1)}), "reject");
    assert.equal(await room.validate({...message, topicName: "x"}), "reject");
    assert.deepEqual(offences, Array(3).fill("peer invalid_message"));
  });

  it("have one handler a kind", () => {
    const {room} = inbound();
    room.handle("voluntary_exit", () => "ignore");
    assert.throws(() => room.handle("voluntary_exit", () => "accept"), /has a handler/);
  });
});
