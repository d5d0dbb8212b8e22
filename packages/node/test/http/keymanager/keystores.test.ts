import assert from "node:assert/strict";
import {ApiUnderTest, OURS, STRANGE, sayWhenUnjudged} from "./support/api-under-test.ts";
import {FakeValidatorKeys, INTERCHANGE} from "./support/fake-validator-keys.ts";

const PATH = "/eth/v1/keystores";
const key = (byte: string) => `0x${byte.repeat(48)}`;
const keystore = (pubkey: string) => JSON.stringify({version: 4, pubkey});
const PASSWORD = FakeValidatorKeys.password;

describe("Keymanager API: local keystores", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  const post = (body: unknown) => api.ask("POST", PATH, {body});
  const remove = (pubkeys: unknown) => api.ask("DELETE", PATH, {body: {pubkeys}});
  const statuses = (body: unknown) => (body as {data: {status: string}[]}).data.map(({status}) => status);

  it("lists keys, with a path where one is known", async () => {
    const path = key("c3");
    api.keys.local.set(path as typeof OURS, {pubkey: path as typeof OURS, derivationPath: null, isReadOnly: true});
    assert.deepEqual((await api.ask("GET", PATH)).body, {
      data: [
        {validating_pubkey: OURS, derivation_path: "m/12381/3600/0/0/0", readonly: false},
        {validating_pubkey: path, readonly: true},
      ],
    });
  });

  it("imports item by item, in the order of the request", async () => {
    const {status, body} = await post({
      keystores: [keystore(key("c3")), keystore(key("d4")), keystore(OURS), keystore(key("c3")), "{"],
      passwords: [PASSWORD, "another one", PASSWORD, PASSWORD, PASSWORD],
      slashing_protection: JSON.stringify(INTERCHANGE),
    });
    assert.equal(status, 200);
    assert.deepEqual(statuses(body), ["imported", "error", "duplicate", "duplicate", "error"]);
    assert.deepEqual(api.keys.interchanges, [INTERCHANGE]);
    assert.deepEqual(api.log.lines, ['info keymanager API: keystores imported {"imported":1,"error":2,"duplicate":2}']);
  });

  it("hands the records on when there are no keystores too", async () => {
    const {status, body} = await post({
      keystores: [],
      passwords: [],
      slashing_protection: JSON.stringify(INTERCHANGE),
    });
    assert.equal(status, 200);
    assert.deepEqual(body, {data: []});
    assert.deepEqual(api.keys.interchanges, [INTERCHANGE]);
  });

  it("takes keystores without records", async () => {
    await post({keystores: [keystore(key("c3"))], passwords: [PASSWORD], slashing_protection: null});
    assert.deepEqual(api.keys.interchanges, [null]);
  });

  for (const [what, body] of Object.entries({
    "no object": [],
    "nothing at all": null,
    "no keystores": {passwords: []},
    "no passwords": {keystores: []},
    "fewer passwords than keystores": {keystores: ["{}", "{}"], passwords: ["hunter2-secret"]},
    "keystores that are objects": {keystores: [{crypto: {}}], passwords: ["hunter2-secret"]},
    "a password that is a number": {keystores: ["{}"], passwords: [1234567]},
    "passwords in one text": {keystores: ["{}"], passwords: "hunter2-secret"},
    "records that are an object": {keystores: [], passwords: [], slashing_protection: {data: []}},
    "records that are no JSON": {keystores: [], passwords: [], slashing_protection: "hunter2-secret"},
    "records that are a list": {keystores: [], passwords: [], slashing_protection: "[]"},
  })) {
    it(`refuses ${what}`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, 400);
      assert.doesNotMatch(JSON.stringify(answer.body) + api.log.lines.join(), /hunter2|1234567/);
      assert.deepEqual(api.keys.interchanges, []);
    });
  }

  it("refuses the whole import when the records are not to be had: no key signs without them", async () => {
    const {status, body} = await post({
      keystores: [keystore(key("c3"))],
      passwords: [PASSWORD],
      slashing_protection: "{}",
    });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /no key was imported: it is of another chain/);
  });

  it("says item by item what the disk refused", async () => {
    api.keys.itemProblem = "ENOSPC: no space left on device, write";
    const imported = await post({keystores: [keystore(key("c3"))], passwords: [PASSWORD]});
    assert.deepEqual(imported.body, {data: [{status: "error", message: api.keys.itemProblem}]});
    const deleted = await remove([OURS]);
    assert.deepEqual((deleted.body as {data: unknown}).data, [{status: "error", message: api.keys.itemProblem}]);
  });

  it("deletes in the order of the request and hands out the records of those that it says are not signed with", async () => {
    const {status, body} = await remove([OURS, OURS.toUpperCase().replace("0X", "0x"), STRANGE]);
    assert.equal(status, 200);
    assert.deepEqual(statuses(body), ["deleted", "not_active", "not_found"]);
    const {slashing_protection: text} = body as {slashing_protection: string};
    assert.deepEqual(
      JSON.parse(text).data.map(({pubkey}: {pubkey: string}) => pubkey),
      [OURS],
    );
    assert.equal((await remove([STRANGE])).status, 200, "never 404");
    assert.equal((await remove([])).status, 200);
  });

  for (const pubkeys of [undefined, null, OURS, [OURS, 7], ["0x12"], [OURS.slice(2)], [[OURS]]]) {
    it(`refuses to delete ${JSON.stringify(pubkeys)?.slice(0, 20)}`, async () => {
      assert.equal((await remove(pubkeys)).status, 400);
      assert.ok(api.keys.local.has(OURS));
    });
  }

  it("says what to do when a deletion could not be finished", async () => {
    api.keys.failure = Object.assign(new Error("EIO: i/o error, read"), {code: "EIO", syscall: "read"});
    const {status, body} = await remove([OURS]);
    assert.equal(status, 500);
    assert.match(JSON.stringify(body), /do not use these keys elsewhere yet, and send the same request again/);
    assert.match(api.log.lines.join(), /EIO: i\/o error/);
    assert.deepEqual(statuses((await remove([OURS])).body), ["deleted"]);
  });

  it("keeps an unexpected error's words out of answer and log", async () => {
    api.keys.failure = new SyntaxError('Unexpected token in "hunter2-secret"');
    const {status, body} = await post({keystores: [keystore(key("c3"))], passwords: [PASSWORD]});
    assert.equal(status, 500);
    assert.match(api.log.lines.join(), /POST \/eth\/v1\/keystores failed.*SyntaxError at /);
    assert.doesNotMatch(JSON.stringify(body) + api.log.lines.join(), /hunter2/);
  });
});
