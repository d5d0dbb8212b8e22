import assert from "node:assert/strict";
import {createSocket} from "node:dgram";
import {probeBootNodes} from "../../src/discovery/probe-boot-nodes.ts";
import {decodeRecord} from "../../src/discovery/remote-record.ts";
import {openOnLoopback} from "../host/open-networks.ts";
import {realClock} from "../host/real-clock.ts";

describe("probeBootNodes", () => {
  const {signal} = new AbortController();
  /** Waits a tenth of the time. */
  const clock = {...realClock, after: (delayMs: number, run: () => void) => realClock.after(delayMs / 10, run)};

  it("tells a node that speaks discovery from one that is gone, and from one that says anything else", async () => {
    const {network} = await openOnLoopback({});
    const enr = network.enr();
    assert.ok(enr !== null);
    const address = network.multiaddrs()[0] ?? "";
    try {
      assert.deepEqual(await probeBootNodes([enr, address], {clock, signal}), {asked: 1, answered: 1});
    } finally {
      await network.stop();
    }
    const impostor = createSocket("udp4");
    const port = Buffer.from(decodeRecord(enr).kvs.get("udp") ?? []).readUInt16BE();
    await new Promise<void>((resolve) => impostor.bind(port, "127.0.0.1", resolve));
    impostor.on("message", (bytes, from) => impostor.send(bytes, from.port, from.address));
    try {
      assert.deepEqual(await probeBootNodes([enr], {clock, signal}), {asked: 1, answered: 0});
    } finally {
      impostor.close();
    }
  }).timeout(10_000);

  it("asks nobody where no record names an address, and refuses what is no boot node", async () => {
    const peer = "/ip4/127.0.0.1/tcp/9/p2p/16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ";
    assert.deepEqual(await probeBootNodes([peer], {clock, signal}), {asked: 0, answered: 0});
    await assert.rejects(probeBootNodes(["enr:nonsense"], {clock, signal}), /boot node/);
  });
});
