import assert from "node:assert/strict";
import {
  loadStartConfig,
  loadStoreConfig,
  NETWORK_NAMES,
  resolvePreset,
  STORE_OPTIONS,
  type StartConfigResult,
  type TextFiles,
  toggle,
} from "../../src/config/index.ts";

const NEAREST: Record<string, string> = {
  "--beacon-nods": "--beacon-nodes",
  MOTE_NETWERK: "MOTE_NETWORK",
  netwrk: "network",
};

function load(
  argv: string[],
  {env = {}, disk = {}}: {env?: Record<string, string>; disk?: Record<string, string>} = {},
): StartConfigResult {
  const files: TextFiles = {
    read(path) {
      const text = disk[path];
      if (text === undefined) throw Object.assign(new Error("no"), {code: "ENOENT"});
      return text;
    },
  };
  return loadStartConfig(
    {argv, env, workingDir: "/here", homeDir: "/home/me"},
    {files, nearest: (name) => NEAREST[name] ?? null},
  );
}

function config(...args: Parameters<typeof load>) {
  const result = load(...args);
  assert.equal(result.kind, "ok", result.kind === "refused" ? result.problems.join("\n") : "");
  return result.kind === "ok" ? result.config : assert.fail();
}

function problems(...args: Parameters<typeof load>): readonly string[] {
  const result = load(...args);
  return result.kind === "refused" ? result.problems : assert.fail("was accepted");
}

describe("loadStartConfig", () => {
  it("fills in the defaults", () => {
    assert.deepEqual(config(["--network", "hoodi"]), {
      network: {kind: "known", name: "hoodi"},
      beaconNodes: {
        nodes: [{name: "bn0", url: "http://localhost:5052"}],
        proposerNodes: [],
        strategies: {},
        threshold: null,
        broadcast: {attestations: true, blocks: true, syncMessages: true, subscriptions: true},
      },
      proposers: {
        defaults: {
          feeRecipient: null,
          gasLimit: 60_000_000,
          graffiti: null,
          builder: {isEnabled: false, boostFactor: 100n},
        },
        settingsFile: null,
        graffitiFile: null,
      },
      keys: {
        kind: "keystores",
        keystoresDir: "/home/me/.mote/hoodi/validator_keys",
        secretsDir: "/home/me/.mote/hoodi/secrets",
      },
      datadir: "/home/me/.mote/hoodi",
      protectionStore: {kind: "level", path: "/home/me/.mote/hoodi/slashing-protection"},
      initSlashingProtection: false,
      distributed: false,
      doppelgangerProtection: false,
      metrics: null,
      monitoringEndpoint: null,
      p2p: null,
      keymanager: null,
      remoteSigners: {urls: [], publicKeys: "external", tls: {}, isProtectionTheirs: false},
      log: {level: "info", format: "human"},
    });
  });

  it("takes flags over the environment, that over the file, that over the default", () => {
    const disk = {
      "/here/mote.yaml": "network: hoodi\nlog-level: error\nmetrics: true\nmetrics-port: 1\ndatadir: ./f\n",
    };
    const env = {MOTE_LOG_LEVEL: "debug", MOTE_METRICS_PORT: "2"};
    const result = config(["--config-file", "mote.yaml", "--metrics-port=3"], {env, disk});
    assert.deepEqual(result.metrics, {address: "127.0.0.1", port: 3});
    assert.equal(result.log.level, "debug");
    assert.equal(result.datadir, "/here/f");
  });

  it("reads JSON files, lists, and names the file in errors", () => {
    const disk = {
      "/c.json": `{"network": "devnet", "beacon-nodes": ["http://a:1", "http://b:2/"], "metrics-port": 70000}`,
    };
    assert.deepEqual(problems(["--config-file", "/c.json"], {disk}), [
      `--metrics-port: "70000" is not a port number (0 to 65535) (from metrics-port in /c.json)`,
    ]);
    assert.deepEqual(
      config(["--config-file", "/c.json", "--metrics-port", "1"], {disk}).beaconNodes.nodes.map(({url}) => url),
      ["http://a:1", "http://b:2"],
    );
  });

  it("collects beacon nodes from commas, repetition and aliases in order", () => {
    const {beaconNodes} = config([
      "--network=hoodi",
      "--beacon-nodes",
      "http://a,http://b",
      "--beacon-node",
      "http://c",
    ]);
    assert.deepEqual(
      beaconNodes.nodes.map(({url}) => url),
      ["http://a", "http://b", "http://c"],
    );
  });

  it("refuses a beacon node that is named twice, since it would count twice in a majority", () => {
    assert.match(
      problems(["--network=hoodi", "--beacon-nodes", "http://a,http://a/"]).join(),
      /same beacon node twice/,
    );
    assert.match(problems(["--network=hoodi", "--beacon-node=http://a", "--beacon-node=http://a"]).join(), /twice/);
  });

  it("names key, value and source of a bad value", () => {
    assert.deepEqual(problems(["--network", "hoodi"], {env: {MOTE_BEACON_NODES: "ftp://x"}}), [
      `--beacon-nodes: "ftp://x" is not an http(s) URL (from MOTE_BEACON_NODES)`,
    ]);
    assert.deepEqual(problems(["--network", "hoodi", "--beacon-node", "x"]), [
      `--beacon-nodes: "x" is not an http(s) URL (from --beacon-node)`,
    ]);
    assert.deepEqual(problems(["--network", "hoodi", "--log-level", "loud"]), [
      `--log-level: "loud" is not one of error, warn, info, debug (from the command line)`,
    ]);
  });

  it("never shows credentials of a URL", () => {
    for (const url of [
      "ftp://me:secret@host/secret",
      "http://me:sec/secret@host",
      "http://host/secret?k=secret",
      "me:secret@h",
    ]) {
      const [problem = ""] = problems(["--network", "hoodi", "--beacon-nodes", url]);
      assert.match(problem, /^--beacon-nodes: /);
      assert.doesNotMatch(problem, /sec/);
    }
  });

  it("takes the two switches of slashing protection", () => {
    const {initSlashingProtection, distributed} = config([
      "--network=hoodi",
      "--init-slashing-protection",
      "--distributed",
    ]);
    assert.deepEqual([initSlashingProtection, distributed], [true, true]);
  });

  it("suggests the nearest name in every source", () => {
    const disk = {"/c.yaml": "netwrk: hoodi\n"};
    const argv = ["--network", "hoodi", "--beacon-nods", "http://a", "--config-file", "/c.yaml"];
    assert.deepEqual(problems(argv, {disk}), [
      `unknown option "--beacon-nods": did you mean --beacon-nodes?`,
      `unknown key "netwrk" in /c.yaml: did you mean network?`,
    ]);
    const warned = load(["--network", "hoodi"], {env: {MOTE_NETWERK: "x", MOTE_EMPTY: "", HOME: "/"}});
    assert.equal(warned.kind, "ok");
    assert.deepEqual(warned.warnings, [
      "the variable MOTE_NETWERK is not known and ignored: did you mean MOTE_NETWORK?",
    ]);
  });

  it("asks for exactly one network", () => {
    assert.match(problems([]).join(), /which network\? Give --network hoodi/);
    assert.match(problems(["--network=hoodi", "--testnet-dir=/t"]).join(), /exclude each other/);
  });

  it("knows the public networks by name", () => {
    for (const name of NETWORK_NAMES.filter((each) => each !== "mainnet")) {
      const {network, datadir} = config([`--network=${name}`]);
      assert.deepEqual(network, {kind: "known", name});
      assert.equal(datadir, `/home/me/.mote/${name}`);
    }
    assert.match(problems(["--network=holesky"]).join(), /"holesky" is not one of mainnet, hoodi, .*devnet/);
  });

  it("opens mainnet to who has read that it was not audited", () => {
    assert.match(
      problems(["--network=mainnet"]).join(),
      /nobody outside the project has audited .* --accept-unaudited-mainnet/s,
    );
    const flag = "--accept-unaudited-mainnet";
    assert.deepEqual(config(["--network=mainnet", flag]).network, {kind: "known", name: "mainnet"});
    assert.match(problems(["--network=mainnet", `${flag}=false`]).join(), /nobody outside/);
    const disk = {"/t/config.yaml": "CONFIG_NAME: mainnet\n"};
    assert.match(problems(["--testnet-dir=/t", flag], {disk}).join(), /describes mainnet: give --network mainnet/);
  });

  it("says on gnosis what stakes are worth there", () => {
    assert.match(load(["--network=gnosis"]).warnings.join(), /nobody outside the project has audited Mote yet/);
    assert.deepEqual(load(["--network=chiado"]).warnings, []);
  });

  it("keeps a store per genesis on ephemery alone", () => {
    const {protectionStore} = config(["--network=ephemery"]);
    const path = "/home/me/.mote/ephemery/slashing-protection";
    assert.deepEqual(protectionStore, {kind: "level", path, isPerGenesis: true});
  });

  it("reads a switch that is turned off", () => {
    const env = {MOTE_METRICS: "true"};
    assert.equal(config(["--network=hoodi", "--metrics=false"], {env}).metrics, null);
    assert.match(problems(["--network=hoodi", "--metrics=maybe"]).join(), /"maybe" is neither true nor false/);
  });

  it("does not repeat a word that may be the second half of a secret", () => {
    const argv = ["--network=hoodi", "--beacon-node-header", "Authorization: Bearer", "s3cret"];
    const [problem = "", ...more] = problems(argv);
    assert.match(problem, /a word after "--beacon-node-header" is not expected here.*needs quotes/);
    assert.deepEqual(more, []);
    assert.doesNotMatch(problem, /s3cret/);
    assert.match(problems(["hoodi"])[0] ?? "", /"hoodi" is not expected here/);
  });

  it("reports every problem at once", () => {
    assert.equal(problems(["--network=hodi", "--metrics-port=x", "stray", "--datadir"]).length, 4);
  });

  it("does not take a second value for a single option", () => {
    assert.match(problems(["--network=hoodi", "--datadir=/a", "--data-dir=/b"]).join(), /"\/b" is a second value/);
  });

  it("keeps interop keys to the devnet", () => {
    assert.deepEqual(config(["--network=devnet", "--interop-keys=0..3,8"]).keys, {
      kind: "interop",
      indices: [0, 1, 2, 3, 8],
    });
    assert.match(problems(["--network=hoodi", "--interop-keys=0..3"]).join(), /for --network devnet only/);
    assert.match(problems(["--network=devnet", "--interop-keys=0", "--keystores-dir=/k"]).join(), /exclude each other/);
    assert.match(problems(["--network=devnet", "--interop-keys=5..1"]).join(), /counts down in 5\.\.1/);
    assert.match(problems(["--network=devnet", "--interop-keys=0..999999999"]).join(), /beyond 99999/);
  });

  it("reads --json as --log-format json", () => {
    assert.equal(config(["--network=hoodi", "--json"]).log.format, "json");
    assert.match(problems(["--network=hoodi", "--json=1"]).join(), /--json takes no value/);
  });

  it("says why a config file cannot be used", () => {
    const why = (text: string) => problems(["--network=hoodi", "--config-file=/c"], {disk: {"/c": text}}).join();
    assert.match(
      problems(["--network=hoodi", "--config-file=/c"]).join(),
      /"\/c" cannot be used: there is no such file/,
    );
    assert.match(why("a: [1, {b: 2}]"), /neither a single value nor a list/);
    assert.match(why("broadcast: []"), /the list of "broadcast" is empty: leave it out/);
    assert.match(why(`{"graffiti": null}`), /"graffiti" has no value: leave it out/);
    assert.match(why("- a\n- b"), /not a list of `key: value` lines/);
    assert.match(why("network: hoodi\nnetwork: sepolia"), /Map keys must be unique/);
    assert.match(why("config-file: /d"), /names another config file/);
    assert.equal(load(["--network=hoodi", "--config-file=/c"], {disk: {"/c": ""}}).kind, "ok");
  });
});

describe("the shared slashing protection", () => {
  const url = (text: string) => ["--network=hoodi", `--slashing-protection-url=${text}`];

  it("is chosen by its URL, with a password file beside it", () => {
    const {protectionStore} = config([...url("postgres://mote@db/mote"), "--slashing-protection-password-file=pw"]);
    assert.deepEqual(protectionStore, {kind: "postgres", url: "postgres://mote@db/mote", passwordFile: "/here/pw"});
    assert.equal(config(url("postgresql://db:1/mote?sslmode=require")).protectionStore.kind, "postgres");
  });

  it("is PostgreSQL's and no other, and an error shows no password, whatever characters it has", () => {
    for (const text of [
      "mysql://me:secret@db/x",
      "http://me:secret@db",
      "me:secret@db",
      "mysql://me:secret,secret@db",
    ]) {
      const [problem = "", ...more] = problems(url(text));
      assert.match(problem, /^--slashing-protection-url: .* is not a postgres:\/\/ URL/);
      assert.doesNotMatch(problem, /secret/);
      assert.deepEqual(more, []);
    }
  });

  it("has one password", () => {
    const file = "--slashing-protection-password-file=pw";
    assert.deepEqual(problems(["--network=hoodi", file]), [
      "--slashing-protection-password-file: there is no --slashing-protection-url that it could be for",
    ]);
    assert.deepEqual(problems([...url("postgres://me:secret@db/x"), file]), [
      "--slashing-protection-password-file: --slashing-protection-url has a password already",
    ]);
  });
});

describe("loadStoreConfig", () => {
  const TABLE = {...STORE_OPTIONS, minified: toggle({name: "minified", help: "", group: ""})};
  const loadStore = (argv: string[], disk: Record<string, string> = {}) =>
    loadStoreConfig(
      TABLE,
      {argv, env: {MOTE_BEACON_NODES: "http://a"}, workingDir: "/here", homeDir: "/home/me"},
      {
        files: {read: (path) => disk[path] ?? assert.fail(path)},
        nearest: () => null,
      },
    );

  it("finds the store of mote start by the same settings, and passes over those that are not its own", () => {
    const disk = {"/c.yaml": "network: hoodi\ndatadir: /d\nmetrics: true\n"};
    const result = loadStore(["--config-file=/c.yaml", "--minified"], disk);
    const {config, values, warnings} = result.kind === "ok" ? result : assert.fail(result.problems.join());
    assert.deepEqual(config, {
      network: {kind: "known", name: "hoodi"},
      datadir: "/d",
      protectionStore: {kind: "level", path: "/d/slashing-protection"},
    });
    assert.deepEqual(warnings, []);
    assert.equal(values.minified, true);
  });

  it("gives a command its words where it takes some, and refuses them elsewhere", () => {
    const read = (argv: string[], allowWords: boolean) =>
      loadStoreConfig(
        TABLE,
        {argv, env: {}, workingDir: "/here", homeDir: "/home/me"},
        {files: {read: () => assert.fail()}, nearest: () => null},
        {allowWords},
      );
    const argv = ["a", "--network", "hoodi", "-", "--minified", "b", "--", "--c"];
    const result = read(argv, true);
    assert.deepEqual(result.kind === "ok" && result.words, ["a", "-", "b", "--c"]);
    assert.equal(read(argv, false).kind, "refused");
  });

  it("opens mainnet's store without a word about audits: nothing is signed", () => {
    assert.equal(loadStore(["--network=mainnet"]).kind, "ok");
  });

  it("refuses on its command line what only mote start knows", () => {
    const result = loadStore(["--network=hoodi", "--metrics"]);
    assert.deepEqual(result.kind === "refused" && result.problems, ['unknown option "--metrics"']);
  });
});

describe("resolvePreset", () => {
  it("takes the preset from the network or the testnet's PRESET_BASE", () => {
    assert.equal(resolvePreset(config(["--network=sepolia"])), "mainnet");
    assert.equal(resolvePreset(config(["--network=devnet"])), "minimal");
    assert.equal(resolvePreset(config(["--network=chiado"])), "gnosis");
    const disk = {
      "/t/config.yaml": `PRESET_BASE: 'minimal'\nCONFIG_NAME: "small"\nBLOB_SCHEDULE:\n  - EPOCH: 1\n    MAX: 2\n`,
    };
    const custom = config(["--testnet-dir=/t"], {disk});
    assert.equal(resolvePreset(custom), "minimal");
    assert.equal(custom.datadir, "/home/me/.mote/small");
    assert.equal(resolvePreset(config(["--testnet-dir=/t"], {disk: {"/t/config.yaml": "A: 1\n"}})), "mainnet");
  });

  it("refuses a testnet directory that it cannot judge", () => {
    const why = (text: string) => problems(["--testnet-dir=/t"], {disk: {"/t/config.yaml": text}}).join();
    assert.match(problems(["--testnet-dir=/t"]).join(), /has no readable config.yaml: there is no such file/);
    assert.match(why("PRESET_BASE: huge"), /has PRESET_BASE "huge"/);
    assert.match(why("CONFIG_NAME: ../../etc"), /not a plain name/);
    assert.match(why("a: [}"), /not YAML/);
  });
});
