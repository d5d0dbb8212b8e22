import assert from "node:assert/strict";
import type {Root} from "@mote/core";
import fc from "fast-check";
import {loadStartConfig} from "../../src/config/index.ts";
import {parseAnnounced, parseBootNodes, parseIps, parsePeers} from "../../src/config/p2p-values.ts";

const PEER = "/ip4/203.0.113.7/tcp/9000/p2p/16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ";
const ENR = `enr:-Ku4Q${"A".repeat(120)}`;
const ROOT = `0x${"ab".repeat(32)}` as Root;

function load(argv: readonly string[], disk: Readonly<Record<string, string>> = {}) {
  const files = {read: (path: string) => disk[path] ?? assert.fail(path)};
  return loadStartConfig(
    {argv: ["--network", "hoodi", ...argv], env: {}, workingDir: "/here", homeDir: "/home/me"},
    {files, nearest: () => null},
  );
}

function config(...args: Parameters<typeof load>) {
  const result = load(...args);
  return result.kind === "ok" ? result.config.p2p : assert.fail(result.problems.join("\n"));
}

function problems(...argv: string[]): string {
  const result = load(argv);
  return result.kind === "refused" ? result.problems.join("\n") : assert.fail("was accepted");
}

describe("options of the network", () => {
  it("are off, and have defaults", () => {
    assert.equal(config([]), null);
    assert.deepEqual(config(["--p2p"]), {
      port: 9000,
      listen: {ip4: "0.0.0.0", ip6: "::"},
      announced: {},
      bootNodes: [],
      directPeers: [],
      targetPeers: 20,
      discovers: true,
      checkpointRoot: null,
    });
  });

  it("are read from flags and from a file alike", () => {
    const flags = ["--p2p", "--p2p-port=0", "--p2p-listen-address", "127.0.0.1", "--p2p-direct-peers", PEER];
    const file = `p2p: true\np2p-port: 0\np2p-listen-address: [127.0.0.1]\np2p-direct-peers:\n  - ${PEER}\n`;
    const expected = {port: 0, listen: {ip4: "127.0.0.1", ip6: null}, directPeers: [PEER]};
    for (const read of [config(flags), config(["--config-file", "/c.yaml"], {"/c.yaml": file})]) {
      assert.deepEqual({port: read?.port, listen: read?.listen, directPeers: read?.directPeers}, expected);
    }
  });

  it("announce one address of each family, with one port", () => {
    const announced = (text: string) => config(["--p2p", "--p2p-announce", text])?.announced;
    assert.deepEqual(announced("203.0.113.7"), {ip4: "203.0.113.7"});
    assert.deepEqual(announced("203.0.113.7:9001,[2001:db8::7]:9001"), {
      ip4: "203.0.113.7",
      ip6: "2001:db8::7",
      tcpPort: 9001,
      udpPort: 9001,
    });
    assert.deepEqual(announced("2001:db8::7"), {ip6: "2001:db8::7"});
    assert.match(problems("--p2p", "--p2p-announce", "203.0.113.7:1,[2001:db8::7]:2"), /names two ports/);
    assert.match(problems("--p2p", "--p2p-announce", "203.0.113.7,203.0.113.8"), /two addresses of one family/);
    assert.match(problems("--p2p", "--p2p-announce", "example.org"), /is not an IP address/);
    assert.match(problems("--p2p", "--p2p-announce", "[203.0.113.7]:90"), /is not an IP address/);
    assert.match(
      problems("--p2p", "--p2p-listen-address", "0.0.0.0", "--p2p-announce", "2001:db8::7"),
      /--p2p-announce: 2001:db8::7 is of a family that --p2p-listen-address leaves out/,
    );
    assert.match(problems("--p2p", "--p2p-port=0", "--p2p-announce", "203.0.113.7"), /cannot forward to --p2p-port 0/);
  });

  it("keep the boot nodes that are named, each once, and the trusted block", () => {
    const read = config([
      "--p2p",
      "--p2p-bootnodes",
      `${ENR},${PEER}`,
      "--p2p-boot-nodes",
      ENR,
      "--checkpoint-root",
      ROOT,
    ]);
    assert.deepEqual(read?.bootNodes, [ENR, PEER]);
    assert.equal(read?.checkpointRoot, ROOT);
    assert.match(problems("--p2p", "--checkpoint-root", "0x12"), /is not a block root/);
    assert.match(problems("--p2p", "--p2p-bootnodes", "enode://abc@1.2.3.4:30303"), /neither an ENR/);
  });

  it("that mean nothing are refused by name", () => {
    assert.match(problems("--p2p-port", "9001"), /^--p2p-port: it means nothing without --p2p$/);
    assert.match(problems("--checkpoint-root", ROOT), /^--checkpoint-root: it means nothing without --p2p$/);
    assert.equal(config(["--p2p=false", "--p2p-port", "9001"]), null, "switched off for now");
    assert.match(problems("--p2p", "--p2p-no-discovery"), /nobody would be dialled; name peers by --p2p-direct-peers/);
    assert.match(
      problems("--p2p", "--p2p-no-discovery", "--p2p-direct-peers", PEER, "--p2p-bootnodes", ENR),
      /--p2p-bootnodes and --p2p-no-discovery exclude each other/,
    );
    const two = `${PEER},${PEER.replace(".7/", ".8/")}`;
    assert.match(problems("--p2p", "--p2p-target-peers", "1", "--p2p-direct-peers", two), /1 are less than the 2/);
    assert.match(problems("--p2p", "--p2p-direct-peers", `${PEER},${PEER}`), /same peer twice/);
    assert.match(problems("--p2p", "--p2p-direct-peers", "/ip4/203.0.113.7/tcp/9000"), /is not a multiaddr/);
    assert.match(problems("--p2p", "--p2p-target-peers", "0"), /whole number from 1 to/);
    assert.match(problems("--p2p", "--p2p-listen-address", "localhost"), /is not an IP address/);
    assert.match(problems("--p2p", "--p2p-listen-address", "::,::1"), /two addresses of one family/);
  });

  it("no text makes a parser throw", () => {
    fc.assert(
      fc.property(fc.string({maxLength: 200}), (text) => {
        for (const parse of [parseAnnounced, parseBootNodes, parseIps, parsePeers])
          assert.match(parse(text).kind, /^(ok|bad)$/);
      }),
    );
  });
});
