import assert from "node:assert/strict";
import fc from "fast-check";
import {ApiUnderTest, OURS, STRANGE, sayWhenUnjudged} from "./support/api-under-test.ts";
import {FakeValidatorKeys} from "./support/fake-validator-keys.ts";

const SECRET = "correct-horse-battery";
/** In which a request ends: never 500, which would be a bug. */
const EXPECTED: ReadonlySet<number> = new Set([200, 202, 204, 400, 403, 404]);

const secret = fc.constantFrom(SECRET, `${SECRET}"`, `\\${SECRET}`, `{"password":"${SECRET}"}`, `["${SECRET}`);
const pubkey = fc.constantFrom(OURS, STRANGE, OURS.slice(2), OURS.slice(0, 40), `0x${"G".repeat(96)}`);
/** What goes where a value belongs: right, nearly right, or of another kind. */
const leaf = fc.oneof(
  secret,
  pubkey,
  fc.constantFrom("", "0", "36000000", "-1", "1e400", "http://a", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 60),
  fc.constant(FakeValidatorKeys.password),
  fc.string({unit: "binary", maxLength: 40}),
);
const name = fc.constantFrom(
  ...["keystores", "passwords", "slashing_protection", "pubkeys", "remote_keys", "pubkey", "url"],
  ...["ethaddress", "gas_limit", "graffiti", "__proto__", "constructor", "length", "toString"],
);
const {body} = fc.letrec<{body: unknown}>((tie) => ({
  body: fc.oneof(
    {maxDepth: 4, depthIdentifier: "body"},
    leaf,
    fc.array(tie("body"), {maxLength: 4}),
    fc.dictionary(name, tie("body"), {maxKeys: 5}),
  ),
}));
/** Bodies that get past the first checks. */
const likely = fc.oneof(
  fc.record({keystores: fc.array(leaf), passwords: fc.array(leaf), slashing_protection: leaf}, {requiredKeys: []}),
  fc.record({pubkeys: fc.array(fc.oneof({weight: 3, arbitrary: pubkey}, leaf))}),
  fc.record({remote_keys: fc.array(fc.record({pubkey: fc.oneof(pubkey, leaf), url: leaf}, {requiredKeys: []}))}),
  fc.record({ethaddress: leaf, gas_limit: leaf, graffiti: leaf}),
);
const route = fc.oneof(
  fc.constantFrom("/eth/v1/keystores", "/eth/v1/remotekeys"),
  fc
    .tuple(pubkey, fc.constantFrom("feerecipient", "gas_limit", "graffiti", "voluntary_exit", "voluntary_exit?epoch=x"))
    .map(([key, last]) => `/eth/v1/validator/${key}/${last}`),
);

describe("Keymanager API: whatever is sent", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  async function check(method: string, path: string, raw: string): Promise<void> {
    // Judged by the description inside.
    const {status, body: answered} = await api.ask(method, path, {raw});
    assert.ok(EXPECTED.has(status), `${method} ${path} ${status} ${raw}`);
    const said = JSON.stringify(answered ?? "") + api.log.lines.join();
    // A graffiti is read back by no answer to a change.
    assert.ok(!said.includes(SECRET), said);
    api.log.lines.length = 0;
  }

  const method = fc.constantFrom("POST", "DELETE");

  it("answers as described, without a fault, and keeps secrets to itself", async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(method, route, fc.oneof(body, likely), (how, path, sent) =>
        check(how, path, JSON.stringify(sent)),
      ),
      {numRuns: 400},
    );
  });

  it("and so for bodies that are no JSON", async function () {
    this.timeout(30_000);
    const torn = fc
      .tuple(fc.oneof(body, likely), fc.nat(60), secret)
      .map(([sent, cut, word]) => JSON.stringify(sent).slice(0, cut) + word);
    await fc.assert(
      fc.asyncProperty(method, route, torn, (how, path, raw) => check(how, path, raw)),
      {numRuns: 150},
    );
  });

  it("the check sees an answer that is not as described", async function () {
    if (api.description === null) return this.skip();
    api.keys.exit = {kind: "signed", message: {epoch: 1, validatorIndex: 1}, signature: "0x00"};
    await assert.rejects(check("POST", `/eth/v1/validator/${OURS}/voluntary_exit`, ""), /does not match/);
  });

  it("the check sees a secret in an answer", async () => {
    api.keys.itemProblem = `cannot open it with ${SECRET}`;
    const raw = JSON.stringify({keystores: ["{}"], passwords: [SECRET]});
    await assert.rejects(check("POST", "/eth/v1/keystores", raw), /cannot open it/);
  });
});
