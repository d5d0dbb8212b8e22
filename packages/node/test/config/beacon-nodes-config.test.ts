import assert from "node:assert/strict";
import {loadStartConfig, type StartConfigResult} from "../../src/config/index.ts";

function load(argv: string[], disk: Record<string, string> = {}): StartConfigResult {
  const read = (path: string): string => {
    const text = disk[path];
    if (text === undefined) throw Object.assign(new Error("no"), {code: "ENOENT"});
    return text;
  };
  return loadStartConfig(
    {argv: ["--network", "hoodi", ...argv], env: {}, workingDir: "/here", homeDir: "/home/me"},
    {files: {read}, nearest: () => null},
  );
}

function beaconNodes(argv: string[], disk?: Record<string, string>) {
  const result = load(argv, disk);
  return result.kind === "ok" ? result.config.beaconNodes : assert.fail(result.problems.join("\n"));
}

function problems(argv: string[]): readonly string[] {
  const result = load(argv);
  return result.kind === "refused" ? result.problems : assert.fail("was accepted");
}

describe("beacon nodes in the config", () => {
  const TWO = ["--beacon-nodes", "http://a:1,http://b:2"];
  const TWO_SECURE = ["--beacon-nodes", "https://a:1,https://b:2"];

  it("names nodes by their places", () => {
    const {nodes, proposerNodes} = beaconNodes([...TWO, "--proposer-nodes", "http://c:3"]);
    assert.deepEqual(nodes, [
      {name: "bn0", url: "http://a:1"},
      {name: "bn1", url: "http://b:2"},
    ]);
    assert.deepEqual(proposerNodes, [{name: "proposer0", url: "http://c:3"}]);
  });

  it("gives headers and certificates to all nodes or to one", () => {
    const disk = {"/here/ca.pem": "CA", "/etc/key.pem": "KEY"};
    const {nodes} = beaconNodes(
      [
        ...TWO_SECURE,
        ...["--beacon-node-header", "X-All: 1", "--beacon-node-header", "bn1=Authorization: Bearer a=b, c"],
        ...["--beacon-node-ca", "ca.pem", "--beacon-node-key", "bn1=/etc/key.pem"],
      ],
      disk,
    );
    assert.deepEqual(nodes, [
      {name: "bn0", url: "https://a:1", headers: {"X-All": "1"}, tls: {ca: "CA"}},
      {
        name: "bn1",
        url: "https://b:2",
        headers: {"X-All": "1", Authorization: "Bearer a=b, c"},
        tls: {ca: "CA", key: "KEY"},
      },
    ]);
  });

  it("takes strategies, a threshold and what is broadcast", () => {
    const config = beaconNodes([...TWO, "--strategy", "attestation=best,block=first", "--threshold", "2"]);
    assert.deepEqual(config.strategies, {attestation: "best", block: "first"});
    assert.equal(config.threshold, 2);
    const chosen = beaconNodes([...TWO, "--strategy", "sync-message=first,payload-attestation=first"]).strategies;
    assert.deepEqual(chosen, {sync_message: "first", payload_attestation: "first"});
    const none = {attestations: false, blocks: false, syncMessages: false, subscriptions: false};
    assert.deepEqual(beaconNodes(["--broadcast", "none"]).broadcast, none);
    assert.deepEqual(beaconNodes(["--broadcast", "blocks,sync-messages"]).broadcast, {
      ...none,
      blocks: true,
      syncMessages: true,
    });
  });

  it("refuses what can never work, and names it", () => {
    assert.match(problems([...TWO, "--threshold", "3"])[0] ?? "", /3 of 2 beacon nodes can never agree/);
    assert.match(problems(["--strategy", "block=threshold"])[0] ?? "", /no strategy for block: that is best or first/);
    assert.match(problems(["--strategy", "block=first=best"])[0] ?? "", /no strategy for block/);
    assert.match(problems(["--strategy", "votes=first"])[0] ?? "", /a kind of attestation, aggregate/);
    assert.match(problems(["--strategy", "block=first", "--strategy", "block=best"])[0] ?? "", /names one kind twice/);
    assert.match(problems(["--broadcast", "votes"])[0] ?? "", /not none, and not a list of attestations/);
    assert.match(problems([...TWO, "--beacon-node-header", "bn2=A: b"])[0] ?? "", /there is no bn2; .*bn0, bn1/);
    assert.match(problems([...TWO_SECURE, "--beacon-node-ca", "none.pem"])[0] ?? "", /there is no such file/);
    assert.match(problems([...TWO, "--beacon-node-ca", "ca.pem"])[0] ?? "", /no beacon node has an https URL/);
  });

  it("shows no header's value when it refuses one", () => {
    const [problem = ""] = problems(["--beacon-node-header", "Authorization Bearer secret"]);
    assert.match(problem, /is not a header such as Name: value/);
    assert.doesNotMatch(problem, /secret/);
    assert.match(problems(["--beacon-node-header", "a, b, c"])[0] ?? "", /^--beacon-node-header: "…" is not/);
    assert.doesNotMatch(problems(["--beacon-node-header", "A: s\r\nX: ecret"])[0] ?? "", /ecret/);
  });
});
