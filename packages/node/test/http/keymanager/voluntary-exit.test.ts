import assert from "node:assert/strict";
import {ApiUnderTest, OURS, STRANGE, sayWhenUnjudged} from "./support/api-under-test.ts";

describe("Keymanager API: voluntary exit", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  const ask = (query = "", pubkey: string = OURS) =>
    api.ask("POST", `/eth/v1/validator/${pubkey}/voluntary_exit${query}`);

  it("signs for the epoch that was asked for, or the present one", async () => {
    const {status, body} = await ask("?epoch=0");
    assert.equal(status, 200);
    assert.deepEqual(body, {
      data: {message: {epoch: "0", validator_index: "3"}, signature: `0x${"5a".repeat(96)}`},
    });
    await ask();
    await ask(`?epoch=${2 ** 53 - 1}`);
    assert.deepEqual(api.keys.exitEpochs, [0, null, 2 ** 53 - 1]);
    assert.match(api.log.lines[0] ?? "", /^warn keymanager API: an exit of 0xa1a1a1a1… was signed/);
  });

  for (const epoch of ["", "-1", "1.5", "0x1", "01", "abc", "9007199254740992", "18446744073709551615", "1&epoch=2"]) {
    it(`refuses the epoch ${JSON.stringify(epoch)}`, async () => {
      assert.equal((await ask(`?epoch=${epoch}`)).status, 400);
      assert.deepEqual(api.keys.exitEpochs, []);
    });
  }

  it("knows its own keys only", async () => assert.equal((await ask("", STRANGE)).status, 404));

  it("tells a refusal for good from one that may pass", async () => {
    api.keys.exit = {kind: "refused", reason: "KEY_NOT_ACTIVE", detail: "the chain does not know this validator"};
    const forGood = await ask();
    assert.equal(forGood.status, 400);
    assert.match(JSON.stringify(forGood.body), /the chain does not know this validator \(KEY_NOT_ACTIVE\)/);
    api.keys.exit = {kind: "refused", reason: "NO_BEACON_NODE", detail: "no beacon node answers"};
    assert.equal((await ask()).status, 500);
  });
});
