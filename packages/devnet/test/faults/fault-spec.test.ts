import {strict as assert} from "node:assert";
import {InvalidValueError} from "@mote/core";
import {
  ENDPOINT_FAULT_KINDS,
  FLAG_FAULT_KINDS,
  LIES,
  PEER_FAULT_KINDS,
  parseFaultSpec,
} from "../../src/faults/fault-spec.ts";

describe("parseFaultSpec", () => {
  const endpoint = (fault: object, slots: object | null = null, name = "bn1") => ({
    scope: "endpoint",
    endpoint: name,
    fault,
    slots,
  });
  const good: [string, object][] = [
    ["bn1:down@20-40", endpoint({kind: "down"}, {first: 20, last: 40})],
    ["bn0:down@7", endpoint({kind: "down"}, {first: 7, last: 7}, "bn0")],
    ["bn1:delay=800ms", endpoint({kind: "delay", delayMs: 800})],
    ["bn1:delay=2s@3", endpoint({kind: "delay", delayMs: 2000}, {first: 3, last: 3})],
    ["bn1:stuck-head", endpoint({kind: "stuck-head"})],
    ["bn1:optimistic", endpoint({kind: "optimistic"})],
    ["bn1:wrong-source", endpoint({kind: "wrong-source", how: "previous"})],
    ["bn1:wrong-source=later@28-36", endpoint({kind: "wrong-source", how: "later"}, {first: 28, last: 36})],
    ["bn12:http-500", endpoint({kind: "http-500"}, null, "bn12")],
    ["bn1:truncate", endpoint({kind: "truncate"})],
    ["skip@12-14", {scope: "chain", kind: "skip", slots: {first: 12, last: 14}}],
    ["withhold-payload@5", {scope: "chain", kind: "withhold-payload", slots: {first: 5, last: 5}}],
    ["reorg@30", {scope: "chain", kind: "reorg", slot: 30}],
    ["p2p:bombs@4-6", {scope: "p2p", kind: "bombs", slots: {first: 4, last: 6}}],
  ];
  for (const kind of PEER_FAULT_KINDS) good.push([`p2p:${kind}`, {scope: "p2p", kind, slots: null}]);
  for (const kind of FLAG_FAULT_KINDS) good.push([`bn1:${kind}@4`, endpoint({kind}, {first: 4, last: 4})]);
  for (const [kind, sorts] of Object.entries(LIES)) {
    good.push([`bn2:${kind}`, endpoint({kind, how: sorts[0]}, null, "bn2")]);
    for (const how of sorts) good.push([`bn2:${kind}=${how}`, endpoint({kind, how}, null, "bn2")]);
  }
  for (const [text, spec] of good) it(`reads ${text}`, () => assert.deepEqual(parseFaultSpec(text), spec));

  const bad: [string, RegExp][] = [
    ["", /no fault of the chain.*skip@A-B.*reorg@A/],
    ["dwon@3", /"dwon" is no fault of the chain/],
    ["bn1:dwon", new RegExp(`no kind "dwon"; there are ${ENDPOINT_FAULT_KINDS.join(", ")}`)],
    ["node1:down", /"node1" is no endpoint; they are called bn0, bn1/],
    [":down", /"" is no endpoint/],
    ["bn1:delay", /delay needs a time from 1ms to 60s.*delay=800ms, not null/],
    ["bn1:delay=0ms", /not "0ms"/],
    ["bn1:delay=61s", /not "61s"/],
    ["bn1:delay=1.5s", /not "1.5s"/],
    ["bn1:down=yes", /down takes no value, but "yes" is given/],
    ["bn1:wrong-source=next", /"previous".*or "later", not "next"/],
    ["bn1:wrong-block=color", /"fee-recipient".*or "slot" or .*"envelope", not "color"/],
    ["bn1:wrong-aggregate=x", /wrong-aggregate takes no value/],
    ["bn1:toString", /no kind "toString"/],
    ["p2p:down", /no kind "down" of hostile peer; there are lie, stall, flood, bombs, fork/],
    ["p2p", /"p2p" is no fault of the chain/],
    ["withhold-payload", /withhold-payload needs its slots, for example withhold-payload@20/],
    ["bn1:down@", /"" after @ is no slot/],
    ["bn1:down@a-b", /"a-b" after @ is no slot/],
    ["bn1:down@40-20", /@40-20 ends before it begins/],
    ["bn1:down@1@2", /more than one @/],
    ["skip", /skip needs its slots, for example skip@12-14/],
    ["skip@0-3", /slot 0 is the genesis block/],
    ["reorg@0", /slot 0 is the genesis block/],
    ["reorg@3-5", /reorg takes one slot/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text)} and says why`, () => {
      assert.throws(
        () => parseFaultSpec(text),
        (error: unknown) =>
          error instanceof InvalidValueError &&
          message.test(error.message) &&
          error.message.includes(JSON.stringify(text)),
      );
    });
  }
});
