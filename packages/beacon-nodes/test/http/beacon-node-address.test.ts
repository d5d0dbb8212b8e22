import assert from "node:assert/strict";
import {parseBeaconNodeUrl} from "../../src/http/beacon-node-address.ts";

describe("URLs of beacon nodes", () => {
  it("are taken apart", () => {
    const address = parseBeaconNodeUrl("https://user:se%3Acret@[::1]/key/?t=1");
    assert.deepEqual(address, {
      secure: true,
      hostname: "::1",
      port: 443,
      pathPrefix: "/key",
      query: "?t=1",
      authorization: `Basic ${Buffer.from("user:se:cret").toString("base64")}`,
      secrets: ["user", "se:cret", "se%3Acret", "1"],
    });
  });

  it("secrets are found decoded and as they stand in the URL", () => {
    const {secrets} = parseBeaconNodeUrl("http://host/?key=a%2Bbcdef&bare");
    assert.deepEqual(secrets, ["a+bcdef", "a%2Bbcdef", "bare"]);
  });

  it("of other kinds are refused without being repeated", () => {
    for (const url of ["ftp://user:secret@host", "secret", ""]) {
      assert.throws(
        () => parseBeaconNodeUrl(url),
        (error: Error) => !error.message.includes("secret"),
      );
    }
  });
});
