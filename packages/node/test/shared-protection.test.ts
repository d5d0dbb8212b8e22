import assert from "node:assert/strict";
import {once} from "node:events";
import {type AddressInfo, createServer} from "node:net";
import {ProtectionStoreError} from "@mote/slashing-protection";
import {FakeClock, FakeLog, testRoot} from "@mote/testing";
import {openSharedProtection} from "../src/shared-protection.ts";

describe("openSharedProtection", () => {
  let log: FakeLog;
  let clock: FakeClock;
  let stop: AbortController;
  beforeEach(() => {
    log = new FakeLog();
    clock = new FakeClock({nowMs: 0});
    stop = new AbortController();
  });

  const open = (url: string, passwordFile: string | null = null) =>
    openSharedProtection(
      {url, passwordFile, genesisValidatorsRoot: testRoot(42), retainEpochs: 128, mustExist: true},
      {log, clock, signal: stop.signal},
    );

  it("waits for a database that does not answer, says so once and without credentials, and ends when asked to", async () => {
    const tries = Promise.withResolvers<void>();
    let tried = 0;
    const server = createServer((socket) => {
      tried++;
      socket.destroy();
      if (tried === 2) tries.resolve();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const {port} = server.address() as AddressInfo;
    let ticking = true;
    const tick = async (): Promise<void> => {
      while (ticking) {
        await clock.advance(1000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const opening = open(`postgres://me:secret@127.0.0.1:${port}/mote`);
    const ticks = tick();
    await tries.promise;
    stop.abort();
    assert.equal(await opening, null);
    ticking = false;
    await ticks;
    server.close();
    assert.deepEqual(log.lines, [
      `warn the slashing protection's database postgres://***@127.0.0.1:${port}/… does not answer yet: waiting for it`,
    ]);
  });

  it("does not wait for what only a person can change", async () => {
    await assert.rejects(open("postgres://me@127.0.0.1:1/mote", "/no/such/file"), ProtectionStoreError);
    assert.deepEqual(log.lines, []);
  });
});
