import assert from "node:assert/strict";
import {missingDevnetPackage} from "../../src/devnet/devnet-package.ts";

describe("the devnet's package", () => {
  const failing = (code: string) => () => {
    throw Object.assign(new Error(code), {code});
  };

  it("is there in the repository, and its lack is told with what to do", () => {
    assert.equal(missingDevnetPackage(), null);
    assert.match(missingDevnetPackage(failing("ERR_MODULE_NOT_FOUND")) ?? "", /install @mote\/devnet beside mote/);
  });

  it("does not take another trouble for its lack", () => {
    assert.throws(() => missingDevnetPackage(failing("ERR_INVALID_PACKAGE_CONFIG")), /ERR_INVALID_PACKAGE_CONFIG/);
  });
});
