import assert from "node:assert/strict";
import type {NetworkEvent} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {GossipObserver} from "../../src/gossip-observer.ts";

const event: NetworkEvent = {kind: "slashing", validatorIndices: [], receivedMs: 1};

describe("GossipObserver", () => {
  it("tells each listener in the order of subscription, until it has had enough", () => {
    const observer = new GossipObserver({log: new FakeLog()});
    const heard: string[] = [];
    const listener = () => void heard.push("twice");
    const cancels = [
      observer.subscribe(() => void heard.push("first")),
      observer.subscribe(listener),
      observer.subscribe(listener),
    ];
    observer.emit(event);
    cancels[1]?.();
    cancels[1]?.();
    observer.emit(event);
    assert.deepEqual(heard, ["first", "twice", "twice", "first", "twice"]);
  });

  it("is not stopped by a listener that throws", () => {
    const log = new FakeLog();
    const observer = new GossipObserver({log});
    const heard: NetworkEvent[] = [];
    observer.subscribe(() => {
      throw new Error("a defect");
    });
    observer.subscribe((one) => void heard.push(one));
    observer.emit(event);
    assert.deepEqual(heard, [event]);
    assert.equal(log.lines.length, 1);
  });
});
