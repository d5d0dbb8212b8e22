import assert from "node:assert/strict";
import type {AddressInfo} from "node:net";
import {createServer, type Socket} from "node:net";
import {FakeClock} from "@mote/testing";
import {BeaconNode} from "../../src/beacon-node.ts";
import {IDLE_SOCKETS_MAX, JSON_MARKS_MAX} from "../../src/limits.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const VERSION = '{"data":{"version":"Raw/v1"}}';
const JSON_HEAD = "content-type: application/json\r\n";
const whole = (body: string) => `HTTP/1.1 200 OK\r\n${JSON_HEAD}content-length: ${body.length}\r\n\r\n${body}`;

describe("one beacon node that speaks HTTP its own way", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  /** @param answer is called for each request of each connection, with the number of the request on it */
  async function serve(answer: (socket: Socket, place: number) => unknown, host = "127.0.0.1"): Promise<BeaconNode> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      let place = 0;
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        if (bytes.includes("\r\n\r\n")) answer(socket, place++);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const {port} = server.address() as AddressInfo;
    const node = new BeaconNode(
      {name: "bn0", url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`},
      {clock},
    );
    closing.add(() => {
      node.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return node;
  }

  for (const [name, answer] of Object.entries({
    "HTTP/1.0, its end the end of the connection": `HTTP/1.0 200 OK\r\n${JSON_HEAD}\r\n${VERSION}`,
    "chunks of one byte, with extensions and a trailer": `HTTP/1.1 200 OK\r\n${JSON_HEAD}transfer-encoding: chunked\r\n\r\n${[...VERSION].map((char) => `1;x=y\r\n${char}\r\n`).join("")}0\r\nx-late: 1\r\n\r\n`,
    "hints before the answer": `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${whole(VERSION)}`,
    "no content type": `HTTP/1.1 200 OK\r\ncontent-length: ${VERSION.length}\r\n\r\n${VERSION}`,
    "an upper-case content type with a parameter": whole(VERSION).replace("/json", "/JSON; charset=UTF-8"),
  })) {
    it(`is heard: ${name}`, async () => {
      const node = await serve((socket) => (answer.startsWith("HTTP/1.0") ? socket.end(answer) : socket.write(answer)));
      assert.equal(await node.version(), "Raw/v1");
      assert.equal(await node.version(), "Raw/v1");
    });
  }

  for (const [name, answer, reason] of [
    [
      "another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
      "UNREACHABLE",
    ],
    [
      "a chunk that ends too soon",
      `HTTP/1.1 200 OK\r\n${JSON_HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{`,
      "TRUNCATED",
    ],
    ["a chunk of no length", `HTTP/1.1 200 OK\r\n${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{`, "MALFORMED"],
    ["two lengths", `HTTP/1.1 200 OK\r\n${JSON_HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}}`, "MALFORMED"],
    ["a negative length", `HTTP/1.1 200 OK\r\n${JSON_HEAD}content-length: -1\r\n\r\n{}`, "MALFORMED"],
    ["a line of headers without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(32 * 1024)}`, "TOO_LARGE"],
  ] as const) {
    it(`is refused: ${name}`, async () => {
      const node = await serve((socket) => socket.end(answer));
      await rejectsWith(node.version(), reason);
    });
  }

  it("a compressed stream is refused", async () => {
    const answer = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n";
    const node = await serve((socket) => socket.write(answer));
    const request = {
      route: "GET /events",
      method: "GET",
      path: "/events",
      headers: {},
      contentType: "text/event-stream",
      connectTimeoutMs: 1_000,
      responseTimeoutMs: 1_000,
    } as const;
    const handlers = {onOpen: () => assert.fail("it was taken"), onChunk: () => {}};
    await rejectsWith(node.http.stream(request, handlers), "MALFORMED", /compressed/);
  });

  it("over IPv6", async () => {
    const node = await serve((socket) => socket.write(whole(VERSION)), "::1");
    assert.equal(await node.version(), "Raw/v1");
  });

  it("the calls of all committees of a slot, made at once, find their sockets again in the next slot", async () => {
    const sockets = new Set<Socket>();
    const node = await serve((socket) => {
      sockets.add(socket);
      socket.write(whole(VERSION));
    });
    const callsOfSlot = () => Promise.all(Array.from({length: 8}, () => node.version()));
    await callsOfSlot();
    await callsOfSlot();
    assert.equal(sockets.size, 8);
  });

  it("all sockets of the pool may be stale: the call goes over a fresh one", async () => {
    let requests = 0;
    const node = await serve((socket, place) => {
      requests++;
      // As behind a balancer that forgot the connection: the first answer comes, the next call meets a reset.
      if (place === 0) socket.write(whole(VERSION));
      else socket.resetAndDestroy();
    });
    await Promise.all(Array.from({length: IDLE_SOCKETS_MAX}, () => node.version()));
    assert.equal(await node.version(), "Raw/v1");
    assert.equal(requests, 2 * IDLE_SOCKETS_MAX + 1);
  });

  for (const [name, body] of Object.entries({
    lists: `{"data":[${"[],".repeat(JSON_MARKS_MAX / 2)}0]}`,
    depths: `{"data":${"[".repeat(JSON_MARKS_MAX)}${"]".repeat(JSON_MARKS_MAX)}}`,
    keys: `{"data":{${Array.from({length: JSON_MARKS_MAX / 2}, (_, key) => `"${key}":0`).join(",")}}}`,
  })) {
    it(`JSON of more ${name} than any answer has is refused before it is parsed`, async () => {
      const answer = whole(body).replace(JSON_HEAD, `${JSON_HEAD}eth-execution-payload-blinded: false\r\n`);
      const node = await serve((socket) => socket.write(answer));
      const call = {
        slot: 9,
        proposerIndex: 9,
        randaoReveal: new Uint8Array(96),
        graffiti: null,
        builderBoostFactor: 0n,
      } as unknown as Parameters<BeaconNode["block"]>[1];
      await rejectsWith(node.block(networkConfig(), call), "MALFORMED", /more than 524288 values of JSON/);
    });
  }
});
