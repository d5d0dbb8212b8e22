import {strict as assert} from "node:assert";
import {InvalidValueError} from "@mote/core";
import {DIALECTS, parseDialectSpec} from "../../src/dialects/parse-dialect.ts";

describe("parseDialectSpec", () => {
  for (const dialect of DIALECTS) {
    it(`knows ${dialect.name}`, () =>
      assert.deepEqual(parseDialectSpec(`bn1=${dialect.name}`), {endpoint: "bn1", dialect}));
  }

  const bad: [string, RegExp][] = [
    ["bn1=geth", /there is no "geth"; there are prysm, lighthouse, charon/],
    ["bn1", /there is no ""|must be ENDPOINT=NAME/],
    ["one=prysm", /must be ENDPOINT=NAME, for example bn1=prysm/],
    ["bn1=prysm=2", /must be ENDPOINT=NAME/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${text} and says why`, () => {
      assert.throws(
        () => parseDialectSpec(text),
        (error: unknown) => error instanceof InvalidValueError && message.test(error.message),
      );
    });
  }
});
