import assert from "node:assert/strict";
import {createSocket} from "node:dgram";
import type {AddressInfo} from "node:net";
import {createServer} from "node:net";
import type {P2pConfig} from "../../src/config/index.ts";
import {checkBootNodes, checkP2pPort} from "../../src/doctor/p2p-check.ts";
import {ExitError} from "../../src/exit-error.ts";
import {checkP2pPorts, portFaults} from "../../src/p2p/p2p-ports.ts";

const config = (more: Partial<P2pConfig>): P2pConfig => ({
  port: 0,
  listen: {ip4: "127.0.0.1", ip6: null},
  announced: {},
  bootNodes: [],
  directPeers: [],
  targetPeers: 20,
  discovers: true,
  checkpointRoot: null,
  ...more,
});

describe("doctor: the network", () => {
  it("says that a port is free, taken, or Mote's own", () => {
    const free = checkP2pPort({port: 9000, faults: []}, {isOwn: false});
    assert.deepEqual([free.level, free.advice], ["ok", null]);
    assert.match(free.detail, /router lets peers in cannot be seen from here/);
    const taken = {transport: "UDP", address: "0.0.0.0", code: "EADDRINUSE"} as const;
    const finding = checkP2pPort({port: 9000, faults: [taken]}, {isOwn: false});
    assert.equal(finding.level, "fail");
    assert.match(
      `${finding.detail} ${finding.advice}`,
      /UDP port 9000 at 0\.0\.0\.0 is taken Choose another by --p2p-port/,
    );
    assert.equal(checkP2pPort({port: 9000, faults: [taken]}, {isOwn: true}).level, "ok");
    const wrong = checkP2pPort({port: 1, faults: [{...taken, code: "EADDRNOTAVAIL"}]}, {isOwn: false});
    assert.match(`${wrong.level} ${wrong.advice}`, /fail .*--p2p-listen-address/);
  });

  it("leaves out IPv6 where the machine has none and nobody asked for an address of it", () => {
    const missing = {transport: "TCP", address: "::", code: "EAFNOSUPPORT"} as const;
    const finding = checkP2pPort({port: 9000, faults: [missing]}, {isOwn: false});
    assert.equal(finding.level, "ok");
    assert.match(finding.detail, /no IPv6/);
    const asked = {...missing, address: "2001:db8::1", code: "EADDRNOTAVAIL"};
    assert.equal(checkP2pPort({port: 9000, faults: [asked]}, {isOwn: false}).level, "fail");
  });

  it("says how first peers are found", () => {
    const level = (count: number, directPeers: number, asked: number, answered: number) =>
      checkBootNodes({count, directPeers, answers: {asked, answered}}).level;
    assert.equal(level(0, 0, 0, 0), "warn");
    assert.equal(level(0, 2, 0, 0), "ok");
    assert.equal(level(5, 0, 5, 0), "warn");
    assert.equal(level(5, 0, 5, 1), "ok");
    assert.equal(level(1, 0, 0, 0), "ok");
    assert.match(checkBootNodes({count: 5, directPeers: 0, answers: {asked: 4, answered: 3}}).detail, /3 of 4/);
  });
});

describe("ports for peers", () => {
  it("that are free have no fault", async () => {
    assert.deepEqual(await portFaults(config({})), []);
    assert.deepEqual((await checkP2pPorts(config({}))).listen, {ip4: "127.0.0.1", ip6: null});
  });

  it("that are taken are named by transport, and end the start", async () => {
    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const {port} = tcp.address() as AddressInfo;
    try {
      const faults = await portFaults(config({port}));
      assert.deepEqual(
        faults.filter(({transport}) => transport === "TCP").map(({code}) => code),
        ["EADDRINUSE"],
      );
      await assert.rejects(
        checkP2pPorts(config({port})),
        (error) =>
          error instanceof ExitError && error.exitCode === 2 && /TCP port \d+: the port is in use/.test(error.message),
      );
    } finally {
      tcp.close();
    }
  });

  it("of discovery are UDP's, and looked at only with discovery", async () => {
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const {port} = udp.address();
    try {
      assert.ok((await portFaults(config({port}))).some(({transport}) => transport === "UDP"));
      assert.ok(!(await portFaults(config({port, discovers: false}))).some(({transport}) => transport === "UDP"));
    } finally {
      udp.close();
    }
  });
});
