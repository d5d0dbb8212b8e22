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
    });
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
