import assert from "node:assert/strict";
import {createServer, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import {FakeClock} from "@mote/testing";
import {earlySpec} from "../src/early-spec.ts";
import {SPEC_SIZE_BYTES_MAX} from "../src/limits.ts";

describe("earlySpec", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(answer: (response: ServerResponse) => void): Promise<string> {
    const server = createServer((_, response) => answer(response));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const text = (body: string) => serve((response) => response.end(body));
  const ask = (urls: readonly string[], signal = new AbortController().signal, clock = new FakeClock({nowMs: 0})) =>
    earlySpec(
      urls.map((url, at) => ({name: `bn${at}`, url})),
      {clock, signal},
    );

  it("takes the first answer that is a spec, and its texts alone", async () => {
    const good = await text(JSON.stringify({data: {PRESET_BASE: "gnosis", BLOB_SCHEDULE: [{EPOCH: "0"}], N: 1}}));
    const bad = await Promise.all([
      text("no JSON"),
      text("{}"),
      text(`{"data": null}`),
      text(" ".repeat(SPEC_SIZE_BYTES_MAX + 1)),
      serve((response) => response.writeHead(302, {location: good}).end()),
      serve((response) => response.destroy()),
    ]);
    assert.deepEqual(await ask([...bad, good]), {beaconNode: "bn6", spec: {PRESET_BASE: "gnosis"}});
    assert.equal(await ask(bad), null);
  });

  it("waits for nobody longer than three seconds", async () => {
    const clock = new FakeClock({nowMs: 0});
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = await serve(() => asked());
    const answer = ask([silent], undefined, clock);
    await isAsked;
    await clock.advance(3_000);
    assert.equal(await answer, null);
  });

  it("ends when the start is called off", async () => {
    const stop = new AbortController();
    const answer = ask([await serve(() => stop.abort())], stop.signal);
    assert.equal(await answer, null);
  });
});
