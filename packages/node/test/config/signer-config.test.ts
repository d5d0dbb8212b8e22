import assert from "node:assert/strict";
import {loadStartConfig, type StartConfigResult} from "../../src/config/index.ts";

const KEY = `0x${"ab".repeat(48)}`;
const OTHER_KEY = `0x${"cd".repeat(48)}`;

function load(...argv: string[]): StartConfigResult {
  const disk: Record<string, string> = {"/here/ca.pem": "CA", "/here/cert.pem": "CERT", "/here/key.pem": "KEY"};
  const files = {
    read(path: string) {
      const text = disk[path];
      if (text === undefined) throw Object.assign(new Error("no"), {code: "ENOENT"});
      return text;
    },
  };
  return loadStartConfig(
    {argv: ["--network", "devnet", ...argv], env: {}, workingDir: "/here", homeDir: "/home/me"},
    {files, nearest: () => null},
  );
}

function signers(...argv: string[]) {
  const result = load(...argv);
  return result.kind === "ok" ? result.config.remoteSigners : assert.fail(result.problems.join("\n"));
}

function problem(...argv: string[]): string {
  const result = load(...argv);
  return result.kind === "refused" ? result.problems.join("\n") : assert.fail("not refused");
}

describe("the configuration of remote signers", () => {
  it("names none unless asked to", () => {
    assert.deepEqual(signers(), {urls: [], publicKeys: "external", tls: {}, isProtectionTheirs: false});
  });

  for (const flag of ["--web3signer-url", "--external-signer-url", "--validators-external-signer-url"]) {
    it(`takes several signers by ${flag}, and all keys that they have`, () => {
      const {urls, publicKeys} = signers(flag, "http://a:9000/,https://b/path");
      assert.deepEqual([urls, publicKeys], [["http://a:9000", "https://b/path"], "external"]);
    });
  }

  it("takes keys of one signer by name, in capitals or twice", () => {
    const {publicKeys} = signers(
      "--web3signer-url",
      "http://a",
      "--web3signer-public-keys",
      `${KEY}, ${OTHER_KEY},${KEY.toUpperCase().replace("X", "x")}`,
    );
    assert.deepEqual(publicKeys, [KEY, OTHER_KEY]);
  });

  it("reads the files for TLS", () => {
    const tls = ["ca", "cert", "key"].flatMap((name) => [`--web3signer-${name}-file`, `${name}.pem`]);
    assert.deepEqual(signers("--web3signer-url", "https://a", ...tls).tls, {ca: "CA", cert: "CERT", key: "KEY"});
  });

  it("warns that the files for TLS count for https alone, and shows no password", () => {
    const warningsOf = (urls: string) => load("--web3signer-url", urls, "--web3signer-ca-file", "ca.pem").warnings;
    assert.deepEqual(warningsOf("https://a,https://b"), []);
    const [warning = "", ...others] = warningsOf("https://a,http://me:hidden@b/c");
    assert.deepEqual(others, []);
    assert.match(warning, /^--web3signer-ca-file: for signers with an https URL only; .*@b\/… is neither encrypted/);
    assert(!warning.includes("hidden"));
  });

  it("leaves the protection to the signers only when told so by name", () => {
    assert.equal(signers("--disable-slashing-protection-web3signer").isProtectionTheirs, true);
  });

  const URL_OF_ONE = ["--web3signer-url", "http://a"];
  for (const [what, argv, words] of [
    ["no URL", ["--web3signer-url", "signer:9000"], /is not an http\(s\) URL/],
    ["a query", ["--web3signer-url", "http://a?b"], /has a query/],
    ["one signer twice", ["--web3signer-url", "http://a,http://a/"], /names the same signer twice/],
    ["no key", [...URL_OF_ONE, "--web3signer-public-keys", "0x12"], /neither external nor a list of public keys/],
    ["keys without a signer", ["--web3signer-public-keys", KEY], /there is no --web3signer-url that could have them/],
    [
      "keys of two signers",
      ["--web3signer-url", "http://a,http://b", "--web3signer-public-keys", KEY],
      /which of the 2 signers has which key/,
    ],
    ["a certificate without its key", ["--web3signer-cert-file", "cert.pem"], /belong together: give both/],
    [
      "a file that nobody is asked with",
      [...URL_OF_ONE, "--web3signer-ca-file", "ca.pem"],
      /no signer has an https URL/,
    ],
    [
      "a file that is not there",
      ["--web3signer-ca-file", "none.pem"],
      /"none.pem" cannot be used: there is no such file/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.match(problem(...argv), words);
    });
  }

  it("shows no password of a URL that it refuses", () => {
    assert(!problem("--web3signer-url", "http://me:hidden@a?b").includes("hidden"));
  });
});
