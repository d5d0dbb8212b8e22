import assert from "node:assert/strict";
import type {CommitteeIndex, ValidatorIndex} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {CommitteeSubscriptions} from "../../src/attestation/committee-subscriptions.ts";
import {duty, fakePorts, signature} from "../support/world.ts";

describe("CommitteeSubscriptions", () => {
  function setUp() {
    const ports = fakePorts(9);
    const log = new FakeLog();
    const withProof = new Set<ValidatorIndex>();
    let looks = 0;
    const proofs = {
      syncLeadSlots: 0,
      prepare: async () => {},
      proofOf: ({validatorIndex}: {validatorIndex: ValidatorIndex}) => {
        looks++;
        return withProof.has(validatorIndex) ? signature(1) : null;
      },
    };
    const subscriptions = new CommitteeSubscriptions({...ports, log, proofs});
    const {signal} = new AbortController();
    const prepare = (...duties: ReturnType<typeof duty>[]) => subscriptions.prepare(duties, signal);
    const sent = () =>
      ports.publisher.subscriptions.map((all) =>
        all.map((one) => `${one.validatorIndex}@${one.slot}/${one.committeeIndex}${one.isAggregator ? "+" : ""}`),
      );
    return {...ports, log, prepare, sent, subscriptions, withProof, looks: () => looks};
  }

  it("says each coming duty once, and again when its validator turns out to aggregate", async () => {
    const {prepare, sent, withProof} = setUp();
    const duties = [duty(1, 9), duty(2, 17), duty(3, 8)];
    await prepare(...duties);
    await prepare(...duties);
    assert.deepEqual(sent(), [["1@9/0", "2@17/0"]]);
    withProof.add(2 as ValidatorIndex);
    await prepare(...duties);
    assert.deepEqual(sent().at(-1), ["2@17/0+"]);
  });

  it("says it again of another committee, and to a node that has come", async () => {
    const {prepare, sent, subscriptions} = setUp();
    await prepare(duty(1, 9));
    await prepare(duty(1, 9, {committeeIndex: 3 as CommitteeIndex}));
    assert.deepEqual(sent().at(-1), ["1@9/3"]);
    subscriptions.onChainEvent({kind: "connected", beaconNode: "bn1"});
    await prepare(duty(1, 9, {committeeIndex: 3 as CommitteeIndex}));
    assert.equal(sent().length, 3);
  });

  it("tries again when nobody took it, and complains once", async () => {
    const {log, prepare, publisher, sent} = setUp();
    publisher.deaf.add("bn0");
    await prepare(duty(1, 9));
    await prepare(duty(1, 9));
    assert.deepEqual(log.lines, ["warn committees not subscribed"]);
    publisher.deaf.clear();
    await prepare(duty(1, 9));
    assert.deepEqual(sent(), [["1@9/0"]]);
  });

  it("looks at a proof once, and says nothing new when it selects nobody", async () => {
    const {prepare, sent, withProof, looks} = setUp();
    // Of so large a committee this proof selects nobody.
    const unselected = duty(1, 9, {committeeLength: 1 << 20});
    await prepare(unselected);
    withProof.add(1 as ValidatorIndex);
    for (let i = 0; i < 3; i++) await prepare(unselected);
    assert.deepEqual(sent(), [["1@9/0"]]);
    assert.equal(looks(), 4 + 1);
  });
});
