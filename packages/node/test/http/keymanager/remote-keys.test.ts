import assert from "node:assert/strict";
import {ApiUnderTest, OURS, STRANGE, sayWhenUnjudged} from "./support/api-under-test.ts";

const PATH = "/eth/v1/remotekeys";

describe("Keymanager API: remote keys", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  const post = (remote_keys: unknown) => api.ask("POST", PATH, {body: {remote_keys}});
  const third = `0x${"c3".repeat(48)}`;

  it("imports, lists and deletes", async () => {
    const imported = await post([
      {pubkey: STRANGE, url: "https://signer.example:9000/"},
      {pubkey: OURS},
      {pubkey: third, url: null},
    ]);
    assert.deepEqual(imported.body, {
      data: [
        {status: "imported"},
        {status: "error", message: "this node has a keystore of this key"},
        {status: "imported"},
      ],
    });
    assert.deepEqual((await api.ask("GET", PATH)).body, {
      data: [
        {pubkey: STRANGE, url: "https://signer.example:9000", readonly: false},
        {pubkey: third, readonly: false},
      ],
    });
    const deleted = await api.ask("DELETE", PATH, {body: {pubkeys: [STRANGE, STRANGE]}});
    assert.deepEqual(deleted.body, {data: [{status: "deleted"}, {status: "not_found"}]});
  });

  it("does not let one bad URL keep the other keys out", async () => {
    const urls = [
      "ftp://signer",
      "not a url",
      "http://signer?key=1",
      "http://signer/#a",
      `http://${"a".repeat(3000)}`,
      "http://ok",
    ];
    const keys = urls.map((url, at) => ({pubkey: `0x${String(10 + at).repeat(48)}`, url}));
    const {status, body} = await post(keys);
    assert.equal(status, 200);
    const results = (body as {data: {status: string}[]}).data.map((item) => item.status);
    assert.deepEqual(results, ["error", "error", "error", "error", "error", "imported"]);
  });

  it("shows no credentials of a signer", async () => {
    api.keys.remote.set(STRANGE, {pubkey: STRANGE, url: "https://me:hunter2@signer.example/a", isReadOnly: true});
    assert.deepEqual((await api.ask("GET", PATH)).body, {
      data: [{pubkey: STRANGE, url: "https://signer.example/a", readonly: true}],
    });
  });

  for (const keys of [
    undefined,
    {},
    "x",
    [STRANGE],
    [{url: "http://a"}],
    [{pubkey: "0x00"}],
    [{pubkey: STRANGE, url: 5}],
    [null],
  ]) {
    it(`refuses ${JSON.stringify(keys)?.slice(0, 40)}`, async () => {
      assert.equal((await post(keys)).status, 400);
      assert.equal(api.keys.remote.size, 0);
    });
  }
});
