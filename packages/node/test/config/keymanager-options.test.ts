import assert from "node:assert/strict";
import {loadStartConfig, type StartConfigResult} from "../../src/config/index.ts";

function load(...argv: string[]): StartConfigResult {
  const args = {argv: ["--network", "hoodi", ...argv], env: {}, workingDir: "/here", homeDir: "/home/me"};
  return loadStartConfig(args, {files: {read: () => assert.fail("nothing is read")}, nearest: () => null});
}

function keymanager(...argv: string[]) {
  const result = load(...argv);
  return result.kind === "ok" ? result.config.keymanager : assert.fail(result.problems.join());
}

describe("options of the Keymanager API", () => {
  it("is off unless asked for, and then on loopback", () => {
    assert.equal(keymanager(), null);
    assert.equal(keymanager("--http-port", "9000"), null);
    const expected = {
      address: "127.0.0.1",
      port: 5062,
      tokenFile: {path: "/home/me/.mote/hoodi/api-token.txt", mayCreate: true},
      tls: null,
    };
    for (const flag of ["--http", "--keymanager", "--keymanager-api"]) assert.deepEqual(keymanager(flag), expected);
  });

  it("takes address, port, token and certificate", () => {
    const asked = ["--http", "--http-address=0.0.0.0", "--keymanager-port=0", "--http-token-file=~/token"];
    assert.deepEqual(keymanager(...asked, "--http-tls-cert-file=c.pem", "--http-tls-key-file=/k.pem"), {
      address: "0.0.0.0",
      port: 0,
      tokenFile: {path: "/home/me/token", mayCreate: false},
      tls: {certFile: "/here/c.pem", keyFile: "/k.pem"},
    });
  });

  it("refuses a certificate without its key, and a key without its certificate", () => {
    const problems = (...argv: string[]) => {
      const result = load("--http", ...argv);
      return result.kind === "refused" ? result.problems : [];
    };
    assert.deepEqual(problems("--http-tls-cert-file=c"), ["--http-tls-cert-file: https needs --http-tls-key-file too"]);
    assert.deepEqual(problems("--http-tls-key-file=k"), ["--http-tls-key-file: https needs --http-tls-cert-file too"]);
  });
});
