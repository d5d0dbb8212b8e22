import assert from "node:assert/strict";
import {interopKeys} from "../../src/keys/interop-keys.ts";

describe("interopKeys", () => {
  it("makes the keys that everyone knows", () => {
    const [key0, key1] = interopKeys([0, 1]);
    assert.match(key0?.pubkey ?? "", /^0xa99a76ed7796f7be22d5b7e85deeb7c5/);
    assert.match(key1?.pubkey ?? "", /^0xb89bebc699769726a318c8e9971bd317/);
  });
});
