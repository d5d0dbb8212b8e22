import assert from "node:assert/strict";
import type {Clock} from "@mote/core";
import {DiskTextFiles, loadStartConfig} from "@mote/node/config";
import type {TestnetFiles} from "../../src/devnet/devnet-handle.ts";
import {loadDevnetConfig} from "../../src/devnet/devnet-options.ts";
import {DevnetRefusedError} from "../../src/devnet/devnet-refused-error.ts";
import type {MicroNodeExit} from "../../src/devnet/micro-node.ts";
import {joinArguments} from "../../src/devnet/node-plans.ts";
import type {NodeP2pFigures} from "../../src/devnet/p2p-figures.ts";
import {type RunComponents, runChainOnly, runWithNode} from "../../src/devnet/run-devnet.ts";
import {FakeDevnet} from "./fake-devnet.ts";

const NOW_MS = 1_000_500;
const DATADIR = {path: "/data", isNew: false};

/** Time that stands still; timers go off when the test says so. */
class StillClock implements Clock {
  readonly timers = new Map<() => void, number>();

  nowMs(): number {
    return NOW_MS;
  }

  after(delayMs: number, run: () => void) {
    this.timers.set(run, delayMs);
    return () => void this.timers.delete(run);
  }

  fire(): void {
    for (const run of [...this.timers.keys()]) {
      this.timers.delete(run);
      run();
    }
  }
}

class FakeNode {
  readonly ready: Promise<void>;
  readonly exited: Promise<MicroNodeExit>;
  readonly rssBytes = 100;
  p2p: NodeP2pFigures | null = null;
  readonly lastWords = ["its last words"];
  exit: MicroNodeExit | null = null;
  becomeReady: () => void = () => {};
  isAskedToStop = false;
  codeAtStop = 0;
  #end: (exit: MicroNodeExit) => void = () => {};

  constructor() {
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(exit: MicroNodeExit): void {
    this.exit ??= exit;
    this.#end(this.exit);
  }

  async stop(): Promise<MicroNodeExit> {
    this.isAskedToStop = true;
    this.end({code: this.codeAtStop, signal: null});
    return this.exited;
  }
}

function setUp(argv: string[] = []) {
  const loaded = loadDevnetConfig(argv, () => null);
  const config = loaded.kind === "ok" ? loaded.config : assert.fail(loaded.problems.join());
  const clock = new StillClock();
  const devnets: FakeDevnet[] = [];
  const nodes: FakeNode[] = [];
  const started: (readonly string[])[] = [];
  const notices: string[] = [];
  const warnings: ((line: string) => void)[] = [];
  const written: string[] = [];
  const optionNotes: string[] = [];
  const stop = new AbortController();
  const components: RunComponents = {
    clock,
    view: {notice: (line) => notices.push(line), show: () => {}, close: () => {}},
    checkOptions: async () => optionNotes,
    testnetDir: null,
    openDevnet: async (_config, {genesisSec}) => {
      const devnet = new FakeDevnet(genesisSec * 1000);
      devnets.push(devnet);
      return devnet;
    },
    writeKeys: (dir, {keystores}) => {
      for (const name of keystores.keys()) written.push(`${dir}/${name}`);
      return {keystoresDir: `${dir}/k`, secretsDir: `${dir}/s`};
    },
    startNode: (words, onWarning) => {
      started.push(words);
      warnings.push(onWarning);
      const node = new FakeNode();
      nodes.push(node);
      return node;
    },
    stop: stop.signal,
  };
  return {config, components, clock, devnets, nodes, started, notices, warnings, written, optionNotes, stop};
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("runWithNode", () => {
  it("lets time run once the node is ready, and stops both at the end", async () => {
    const {config, components, devnets, nodes, started} = setUp(["--validators", "16"]);
    const running = runWithNode(config, DATADIR, components);
    await settle();
    assert.equal(devnets[0]!.genesisMs, 1_007_000);
    assert.equal(devnets[0]!.isStarted, false);
    assert.deepEqual(started[0]!.slice(-4), ["--datadir", "/data", "--log-format", "json"]);
    assert.ok(!started[0]!.includes("--init-slashing-protection"));
    nodes[0]!.becomeReady();
    await settle();
    assert.equal(devnets[0]!.isStarted, true);
    devnets[0]!.finish({kind: "completed"});
    const run = await running;
    assert.deepEqual([run.exitCode, run.rssBytes, run.problems], [0, 100, []]);
    assert.ok(nodes[0]!.isAskedToStop && devnets[0]!.isStopped);
  });

  it("makes the chain anew with twice the time when the node is not ready 2 s before genesis, three times at most", async () => {
    const {config, components, clock, devnets, nodes} = setUp();
    const running = runWithNode(config, DATADIR, components);
    for (const [attempt, delaySec] of [6, 12, 24].entries()) {
      await settle();
      const devnet = devnets[attempt]!;
      assert.equal(devnet.genesisMs, 1_001_000 + delaySec * 1000);
      assert.deepEqual([...clock.timers.values()], [devnet.genesisMs - 2000 - NOW_MS]);
      clock.fire();
      await settle();
      assert.ok(nodes[attempt]!.isAskedToStop && devnet.isStopped && !devnet.isStarted);
    }
    const run = await running;
    assert.equal(run.exitCode, 1);
    assert.deepEqual(run.problems, ["the micro-node was not ready 24 s after its start", "its last words"]);
    assert.equal(devnets.length, 3);
  });

  it("describes each chain in the testnet directory, the last one lastly", async () => {
    const {config, components, clock, nodes, stop} = setUp();
    const written: string[] = [];
    const testnetDir = {path: "/a/dir", write: (files: TestnetFiles) => written.push(String(files.get("genesis.txt")))};
    const running = runWithNode(config, DATADIR, {...components, testnetDir});
    await settle();
    clock.fire();
    await settle();
    nodes[1]!.becomeReady();
    await settle();
    stop.abort();
    await running;
    assert.deepEqual(written, ["1007000", "1013000"]);
  });

  it("makes no chain and says nothing of one when the options are refused", async () => {
    const {config, components, devnets, notices} = setUp();
    const checkOptions = () => Promise.reject(new DevnetRefusedError("no"));
    await assert.rejects(runWithNode(config, DATADIR, {...components, checkOptions}), DevnetRefusedError);
    assert.deepEqual([devnets, notices], [[], []]);
  });

  it("fails when the node ends before it is ready", async () => {
    const {config, components, nodes, devnets} = setUp();
    const running = runWithNode(config, DATADIR, components);
    await settle();
    nodes[0]!.end({code: 2, signal: null});
    const run = await running;
    assert.equal(run.exitCode, 1);
    assert.deepEqual(run.problems, ["the micro-node ended before it was ready: exit code 2", "its last words"]);
    assert.ok(devnets[0]!.isStopped);
  });

  it("fails when the node ends in the middle, or does not stop well", async () => {
    for (const inTheMiddle of [true, false]) {
      const {config, components, nodes, devnets} = setUp();
      const running = runWithNode(config, DATADIR, components);
      await settle();
      nodes[0]!.becomeReady();
      await settle();
      nodes[0]!.codeAtStop = 1;
      if (inTheMiddle) nodes[0]!.end({code: null, signal: "SIGKILL"});
      else devnets[0]!.finish({kind: "completed"});
      const run = await running;
      assert.equal(run.exitCode, 1);
      assert.match(
        run.problems[0]!,
        inTheMiddle ? /in the middle of the run: killed by SIGKILL/ : /not stop well: exit code 1/,
      );
      assert.ok(devnets[0]!.isStopped);
    }
  });

  it("fails for what went wrong on the chain", async () => {
    for (const failure of ["chain", "problems"]) {
      const {config, components, nodes, devnets} = setUp();
      const running = runWithNode(config, DATADIR, components);
      await settle();
      nodes[0]!.becomeReady();
      if (failure === "problems") devnets[0]!.chainProblems = ["1 slashable messages"];
      devnets[0]!.finish(failure === "chain" ? {kind: "failed", reason: "bug"} : {kind: "completed"});
      const run = await running;
      assert.equal(run.exitCode, 1);
      assert.deepEqual(run.problems, [failure === "chain" ? "the chain stopped: bug" : "1 slashable messages"]);
    }
  });

  it("exits 0 when asked to stop, before and after it is ready, even if the node heard it first", async () => {
    for (const when of ["before", "after", "node first"]) {
      const {config, components, nodes, devnets, stop} = setUp();
      const running = runWithNode(config, DATADIR, components);
      await settle();
      if (when !== "before") nodes[0]!.becomeReady();
      await settle();
      stop.abort();
      if (when === "node first") nodes[0]!.end({code: 0, signal: null});
      const run = await running;
      assert.deepEqual([run.exitCode, run.problems], [0, []], when);
      assert.ok(nodes[0]!.isAskedToStop && devnets[0]!.isStopped);
    }
  });
});

describe("runWithNode, with a cluster", () => {
  const operators = [0, 1, 2].map((i) => {
    const files = {keystores: new Map([["keystore-0.json", "{}"]]), secrets: new Map([["0xaa", "password"]])};
    return {url: `http://operator${i}`, files};
  });

  /** A cluster of three that is ready, on a running chain. */
  async function running(...argv: readonly string[]) {
    const setup = setUp(["--middleware", "2-of-3", ...argv]);
    const {components, config, devnets, nodes} = setup;
    const openDevnet: RunComponents["openDevnet"] = async (...given) => {
      await components.openDevnet(...given);
      const devnet = devnets.at(-1)!;
      devnet.operators = operators;
      return devnet;
    };
    const run = runWithNode(config, {path: "/data", isNew: true}, {...components, openDevnet});
    await settle();
    for (const node of nodes.slice(0, 2)) node.becomeReady();
    await settle();
    assert.equal(devnets[0]!.isStarted, false);
    nodes[2]!.becomeReady();
    await settle();
    assert.equal(devnets[0]!.isStarted, true);
    return {...setup, run, devnet: devnets[0]!};
  }

  it("gives each node its keystores, its datadir and its place behind the middleware", async () => {
    const {started, written, run, devnet} = await running();
    assert.deepEqual(
      written,
      [0, 1, 2].map((i) => `/data/node${i}/keystore-0.json`),
    );
    for (const [i, words] of started.entries()) {
      const text = words.join(" ");
      const keys = `--keystores-dir /data/node${i}/k --secrets-dir /data/node${i}/s --distributed`;
      assert.ok(text.startsWith(`start --network devnet --beacon-nodes http://operator${i} ${keys}`), text);
      assert.ok(text.endsWith(`--datadir /data/node${i}/data --init-slashing-protection --log-format json`), text);
    }
    devnet.finish({kind: "completed"});
    assert.deepEqual((await run).problems, []);
  });

  it("starts with words that mote start takes", async () => {
    const {started, run, devnet} = await running();
    const [, ...argv] = started[0]!;
    const args = {argv, env: {}, workingDir: "/", homeDir: "/"};
    const loaded = loadStartConfig(args, {files: new DiskTextFiles(), nearest: () => null});
    const start = loaded.kind === "ok" ? loaded.config : assert.fail(loaded.problems.join());
    assert.deepEqual([start.distributed, start.datadir], [true, "/data/node0/data"]);
    devnet.finish({kind: "completed"});
    await run;
  });

  it("restarts the node that a fault names, on what it has kept, and takes that for no failure", async () => {
    const {started, nodes, notices, run, devnet} = await running("--fault", "node1:restart@5");
    devnet.endSlot(3);
    assert.equal(nodes.length, 3);
    devnet.endSlot(4);
    await settle();
    assert.ok(nodes[1]!.isAskedToStop && !nodes[0]!.isAskedToStop && !nodes[2]!.isAskedToStop);
    assert.equal(nodes.length, 4);
    assert.deepEqual(
      started[3],
      started[1]!.filter((word) => word !== "--init-slashing-protection"),
    );
    nodes[3]!.becomeReady();
    await settle();
    assert.deepEqual(notices.slice(-2), ["node1 is restarted", "node1 is ready again"]);
    devnet.finish({kind: "completed"});
    const {exitCode, problems} = await run;
    assert.deepEqual([exitCode, problems], [0, []]);
    assert.ok(nodes.every(({isAskedToStop}) => isAskedToStop));
  });

  it("fails when a node ends by itself, the restarted one too, and names it", async () => {
    for (const isRestarted of [true, false]) {
      const {nodes, run, devnet} = await running(...(isRestarted ? ["--fault", "node1:restart@5"] : []));
      devnet.endSlot(4);
      await settle();
      nodes[isRestarted ? 3 : 1]!.end({code: 129, signal: null});
      const {exitCode, problems} = await run;
      assert.equal(exitCode, 1);
      assert.deepEqual(problems, ["node1 ended in the middle of the run: exit code 129", "its last words"]);
      assert.ok(nodes.every(({isAskedToStop}) => isAskedToStop));
    }
  });

  it("fails when a node did not stop well for its restart", async () => {
    const {nodes, run, devnet} = await running("--fault", "node1:restart@5");
    nodes[1]!.codeAtStop = 1;
    devnet.endSlot(4);
    await settle();
    devnet.finish({kind: "completed"});
    assert.deepEqual((await run).problems, ["node1 did not stop well: exit code 1", "its last words"]);
  });

  it("closes the chain when the keystores cannot be written", async () => {
    const {components, config, devnets} = setUp(["--middleware", "2-of-3"]);
    const openDevnet: RunComponents["openDevnet"] = async (...given) => {
      const devnet = await components.openDevnet(...given);
      devnets.at(-1)!.operators = operators;
      return devnet;
    };
    const writeKeys = () => {
      throw new Error("no space");
    };
    const running = runWithNode(config, {path: "/data", isNew: true}, {...components, openDevnet, writeKeys});
    await assert.rejects(running, /no space/);
    assert.ok(devnets[0]!.isStopped);
  });

  it("says which node warns", async () => {
    const {notices, warnings, run, devnet} = await running();
    warnings[2]!("something");
    assert.equal(notices.at(-1), "node2: something");
    devnet.finish({kind: "completed"});
    await run;
  });
});

describe("runChainOnly", () => {
  it("prints the command that joins, and runs until it is stopped", async () => {
    const {config, components, devnets, notices, stop} = setUp(["--no-node", "--validators", "16"]);
    const running = runChainOnly(config, components);
    await settle();
    assert.ok(devnets[0]!.isStarted);
    assert.deepEqual(notices.slice(-1), [
      "mote start --network devnet --beacon-nodes http://127.0.0.1:1,http://127.0.0.1:2 --interop-keys 0..15 --suggested-fee-recipient 0xdededededededededededededededededededede --datadir mote-devnet-1021 --init-slashing-protection",
    ]);
    stop.abort();
    const run = await running;
    assert.deepEqual([run.exitCode, run.rssBytes], [0, null]);
  });

  it("writes the testnet directory before it says how to join by it", async () => {
    const {config, components, notices, stop} = setUp(["--no-node"]);
    const written: unknown[] = [];
    const testnetDir = {path: "/a/dir", write: (files: TestnetFiles) => written.push(...files, notices.length)};
    const running = runChainOnly(config, {...components, testnetDir});
    await settle();
    assert.deepEqual(written, [["genesis.txt", "1021000"], 0]);
    assert.match(notices.at(-1)!, /^mote start --testnet-dir \/a\/dir --beacon-nodes http:\S+ --keystores-dir /);
    stop.abort();
    await running;
  });

  it("closes the chain when the testnet directory cannot be written", async () => {
    const {config, components, devnets} = setUp(["--no-node"]);
    const write = () => {
      throw new Error("no space");
    };
    await assert.rejects(runChainOnly(config, {...components, testnetDir: {path: "/a/dir", write}}), /no space/);
    assert.ok(devnets[0]!.isStopped);
  });

  it("says first what the options do not do", async () => {
    const {config, components, notices, optionNotes, stop} = setUp(["--no-node"]);
    optionNotes.push("a fault has no effect");
    const running = runChainOnly(config, components);
    await settle();
    assert.equal(notices[0], "a fault has no effect");
    stop.abort();
    await running;
  });

  it("joins with words that mote start takes", () => {
    const {config} = setUp();
    const peer = "/ip4/127.0.0.1/tcp/4001/p2p/16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ";
    for (const isNew of [true, false]) {
      const peers = isNew ? [] : [peer];
      const [command, ...argv] = joinArguments(config, {urls: ["http://a"], peers}, {path: "/data", isNew});
      assert.equal(command, "start");
      const args = {argv, env: {}, workingDir: "/", homeDir: "/"};
      const loaded = loadStartConfig(args, {files: new DiskTextFiles(), nearest: () => null});
      const start = loaded.kind === "ok" ? loaded.config : assert.fail(loaded.problems.join());
      assert.deepEqual([start.datadir, start.initSlashingProtection], ["/data", isNew]);
      assert.equal(argv.includes("--p2p"), !isNew);
    }
  });
});
