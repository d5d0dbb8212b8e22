import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {
  DiskTextFiles,
  envNameOf,
  namesOf,
  type Option,
  parseFeeRecipient,
  readEnvironment,
  readFileContents,
  readFlags,
  START_OPTIONS,
} from "../../src/config/index.ts";

describe("START_OPTIONS", () => {
  it("has no name twice, as a flag or as a variable", () => {
    const options: Option<unknown>[] = Object.values(START_OPTIONS);
    const flags = options.flatMap((option) => [...namesOf(option), ...Object.keys(option.shorthands)]);
    assert.equal(new Set(flags).size, flags.length);
    const owners = new Map<string, string>();
    for (const option of options) {
      for (const name of namesOf(option)) {
        const env = envNameOf(name);
        assert.equal(owners.get(env) ?? option.name, option.name, env);
        owners.set(env, option.name);
      }
    }
  });

  it("derives the variable from the flag", () => {
    assert.equal(envNameOf("beacon-nodes"), "MOTE_BEACON_NODES");
    assert.equal(envNameOf("dataDir"), "MOTE_DATA_DIR");
  });
});

/** What operators write, and whose name that is; each is also a variable and a key of the config file. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  network: [],
  "testnet-dir": [],
  datadir: ["data-dir", "dataDir", "data-path", "dataPath"],
  "beacon-nodes": ["beacon-node", "beaconNodes"],
  "suggested-fee-recipient": ["suggestedFeeRecipient"],
  graffiti: [],
  "graffiti-file": [],
  "gas-limit": ["gasLimit"],
  "enable-doppelganger-protection": ["doppelganger-detection"],
  "builder-proposals": ["builder"],
  "builder-boost-factor": [],
  distributed: [],
  "init-slashing-protection": [],
  "secrets-dir": ["secretsDir"],
  p2p: [],
  "p2p-port": [],
  "p2p-listen-address": [],
  "p2p-announce": [],
  "p2p-bootnodes": ["p2p-boot-nodes"],
  "p2p-direct-peers": [],
  "p2p-target-peers": [],
  "p2p-no-discovery": [],
  "checkpoint-root": [],
  http: ["keymanager", "keymanager-api"],
  "http-address": [],
  "http-port": ["keymanager-port"],
  "http-token-file": [],
  "http-tls-cert-file": [],
  "http-tls-key-file": [],
  "web3signer-url": ["external-signer-url", "validators-external-signer-url"],
  "web3signer-public-keys": [],
  "web3signer-ca-file": [],
  "web3signer-cert-file": [],
  "web3signer-key-file": [],
  "disable-slashing-protection-web3signer": [],
  metrics: [],
  "metrics-port": [],
  "monitoring-endpoint": [],
  "log-level": ["logLevel"],
  "log-format": [],
};

describe("the promised flags", () => {
  const nobody = () => null;
  const keyOf = (name: string) =>
    Object.entries(START_OPTIONS).find(([, option]) => option.name === name)?.[0] ??
    assert.fail(`there is no --${name}`);

  for (const [name, aliases] of Object.entries(PROMISED)) {
    it(`--${[name, ...aliases].join(", --")}`, () => {
      for (const each of [name, ...aliases]) {
        const key = keyOf(name);
        assert.ok(readFlags(START_OPTIONS, [`--${each}=x`], nobody).given.has(key), `--${each}`);
        assert.ok(readEnvironment(START_OPTIONS, {[envNameOf(each)]: "x"}, nobody).given.has(key), envNameOf(each));
        assert.ok(readFileContents(START_OPTIONS, new Map([[each, ["x"]]]), "f", nobody).given.has(key), each);
      }
    });
  }

  it("are all of the switches among them, which --flag=false turns off", () => {
    for (const option of Object.values(START_OPTIONS) as Option<unknown>[]) {
      if (option.arity !== "switch") continue;
      assert.deepEqual(option.parse("false"), {kind: "ok", value: false}, option.name);
      assert.equal(option.fallback, false, option.name);
    }
  });
});

describe("parseFeeRecipient", () => {
  const CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

  it("takes an address with its checksum, or without one", () => {
    for (const text of [CHECKSUMMED, CHECKSUMMED.toLowerCase()])
      assert.deepEqual(parseFeeRecipient(text), {kind: "ok", value: CHECKSUMMED.toLowerCase()});
  });

  it("refuses a slip in one letter's case or digit, and what is no address", () => {
    for (const [text, why] of [
      [CHECKSUMMED.replace("5aA", "5AA"), /wrong checksum/],
      [CHECKSUMMED.replace("5aA", "6aA"), /wrong checksum/],
      [CHECKSUMMED.slice(0, -1), /not an address/],
    ] as const) {
      const parsed = parseFeeRecipient(text);
      assert.ok(parsed.kind === "bad" && why.test(parsed.problem), text);
    }
  });
});

describe("DiskTextFiles", () => {
  const dir = mkdtempSync(join(tmpdir(), "mote-config-"));
  after(() => rmSync(dir, {recursive: true}));

  it("reads up to the limit and refuses one byte more", () => {
    const path = join(dir, "f");
    writeFileSync(path, "12345");
    assert.equal(new DiskTextFiles().read(path, 5), "12345");
    assert.throws(() => new DiskTextFiles().read(path, 4), /larger than 4 bytes/);
    assert.throws(() => new DiskTextFiles().read(join(dir, "none"), 4), {code: "ENOENT"});
  });
});

describe("the config room", () => {
  it("loads nothing of the chain: the preset is not decided yet when it runs", () => {
    const source = new URL("../../src/config/index.ts", import.meta.url).href;
    const probe = `
      import {registerHooks} from "node:module";
      registerHooks({resolve(specifier, context, next) {
        if (/lodestar|@mote\\/(?!core|beacon-nodes\\/choices|consensus\\/execution)|chainsafe/.test(specifier)) { console.log("LOADED " + specifier); process.exit(3); }
        return next(specifier, context);
      }});
      await import(${JSON.stringify(source)});`;
    const run = spawnSync(process.execPath, ["--input-type=module", "--eval", probe], {
      encoding: "utf8",
      timeout: 9000,
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });
});
