import assert from "node:assert/strict";
import {parseGraffitiFile} from "../../src/proposer/graffiti-file.ts";
import {parseSettingsFile} from "../../src/proposer/settings-file.ts";

const PUBKEY = `0x${"a1".repeat(48)}`;
const FEE = `0x${"1f".repeat(20)}`;

const parsed = (text: string) => {
  const result = parseSettingsFile(text);
  return result.kind === "ok" ? result.value : assert.fail(result.problem);
};
const problem = (text: string): string => {
  const result = parseSettingsFile(text);
  return result.kind === "bad" ? result.problem : assert.fail("was accepted");
};

describe("the proposer settings file", () => {
  it("reads defaults and keys, in YAML and JSON alike", () => {
    const yaml = `
default_config:
  fee_recipient: ${FEE}
  builder: {enabled: true, boost_factor: 18446744073709551615, gas_limit: 36000000}
proposer_config:
  ${PUBKEY.toUpperCase().replace("0X", "0x")}:
    graffiti: hello
    gas_limit: "45000000"
`;
    const json = JSON.stringify({
      default_config: {
        fee_recipient: FEE,
        builder: {enabled: true, boost_factor: "18446744073709551615", gas_limit: 36_000_000},
      },
      proposer_config: {[PUBKEY]: {graffiti: "hello", gas_limit: 45_000_000}},
    });
    for (const text of [yaml, json]) {
      const {defaults, byPubkey} = parsed(text);
      assert.deepEqual(defaults, {
        feeRecipient: FEE,
        builderEnabled: true,
        builderBoostFactor: 2n ** 64n - 1n,
        gasLimit: 36_000_000,
      });
      const [[pubkey, settings] = assert.fail()] = [...byPubkey];
      assert.equal(pubkey, PUBKEY);
      assert.equal(settings.gasLimit, 45_000_000);
      assert.equal(
        Buffer.from(settings.graffiti ?? [])
          .toString()
          .replaceAll("\0", ""),
        "hello",
      );
    }
  });

  it("refuses whatever it does not understand, and says where it stands", () => {
    assert.match(
      problem(`default_config: {fee_recipient: 0x12}`),
      /default_config\.fee_recipient "0x12" is not an addr/,
    );
    assert.match(
      problem(`default_config: {fee_recipent: ${FEE}}`),
      /default_config has "fee_recipent", .*fee_recipient/,
    );
    assert.match(problem(`proposer_config: {0x12: {}}`), /0x and 96 hex digits/);
    assert.match(problem(`proposer_config: {${PUBKEY}: {builder: {enabled: maybe}}}`), /neither true nor false/);
    assert.match(problem(`proposer_config: {${PUBKEY}: {graffiti: ${"x".repeat(33)}}}`), /has 33 bytes/);
    for (const nothing of ["null", "~", ""])
      assert.match(
        problem(`default_config:\n  graffiti: ${nothing}\n`),
        /default_config.graffiti has no value: leave it/,
      );
    assert.match(problem(`{"default_config": {"fee_recipient": null}}`), /fee_recipient has no value/);
    assert.match(problem("[1, 2]"), /not a list of `name: value` lines/);
    assert.match(problem("default_config: {a: b"), /\S/);
  });

  it("refuses one key twice, however it is written", () => {
    const twice = `proposer_config:\n  ${PUBKEY}: {gas_limit: 36000000}\n  ${PUBKEY.replaceAll("a", "A")}: {gas_limit: 45000000}\n`;
    assert.match(problem(twice), /comes twice/);
  });
});

describe("the graffiti file", () => {
  it("has a default and a line per key", () => {
    const result = parseGraffitiFile(`# mine\ndefault: all: of us\n${PUBKEY}:  one \n\n`);
    if (result.kind === "bad") return assert.fail(result.problem);
    const text = (bytes: Uint8Array | null | undefined) =>
      Buffer.from(bytes ?? [])
        .toString()
        .replaceAll("\0", "");
    assert.equal(text(result.value.default), "all: of us");
    assert.deepEqual(
      [...result.value.byPubkey].map(([key, value]) => [key, text(value)]),
      [[PUBKEY, "one"]],
    );
  });

  it("names the line that it cannot use", () => {
    const bad = (text: string) => {
      const result = parseGraffitiFile(text);
      return result.kind === "bad" ? result.problem : assert.fail();
    };
    assert.match(bad("default: a\nnothing here"), /line 2 is not name: text/);
    assert.match(bad("0x12: a"), /line 1 names neither default nor a public key/);
    assert.match(bad(`default: ${"é".repeat(17)}`), /line 1 has 34 bytes/);
  });
});
