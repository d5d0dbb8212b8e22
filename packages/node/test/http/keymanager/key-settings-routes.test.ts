import assert from "node:assert/strict";
import type {ExecutionAddress} from "@mote/core";
import {ApiUnderTest, OURS, STRANGE, sayWhenUnjudged} from "./support/api-under-test.ts";

const LOWER = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
const CHECKED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("Keymanager API: settings of a key", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  const path = (name: string, pubkey: string = OURS) => `/eth/v1/validator/${pubkey}/${name}`;
  const get = async (name: string) => (await api.ask("GET", path(name))).body;
  const set = (name: string, body: unknown) => api.ask("POST", path(name), {body});

  it("sets, shows and removes a fee recipient", async () => {
    assert.equal((await api.ask("GET", path("feerecipient"))).status, 404, "none is known");
    api.settings.fixed.default = {
      ...api.settings.fixed.default,
      feeRecipient: `0x${"11".repeat(20)}` as ExecutionAddress,
    };
    assert.deepEqual(await get("feerecipient"), {data: {pubkey: OURS, ethaddress: `0x${"11".repeat(20)}`}});
    for (const ethaddress of [LOWER, CHECKED, `0x${LOWER.slice(2).toUpperCase()}`]) {
      const {status, body} = await set("feerecipient", {ethaddress});
      assert.deepEqual([status, body], [202, undefined]);
      assert.deepEqual(await get("feerecipient"), {data: {pubkey: OURS, ethaddress: LOWER}});
    }
    assert.equal((await api.ask("DELETE", path("feerecipient"))).status, 204);
    assert.equal((await api.ask("DELETE", path("feerecipient"))).status, 204, "nothing left to remove");
    assert.deepEqual(await get("feerecipient"), {data: {pubkey: OURS, ethaddress: `0x${"11".repeat(20)}`}});
  });

  it("sets, shows and removes a gas limit", async () => {
    assert.deepEqual(await get("gas_limit"), {data: {pubkey: OURS, gas_limit: "60000000"}});
    assert.equal((await set("gas_limit", {gas_limit: "36000000"})).status, 202);
    assert.deepEqual(await get("gas_limit"), {data: {pubkey: OURS, gas_limit: "36000000"}});
    assert.equal((await api.ask("DELETE", path("gas_limit"))).status, 204);
    assert.deepEqual(await get("gas_limit"), {data: {pubkey: OURS, gas_limit: "60000000"}});
  });

  it("sets, shows and removes a graffiti", async () => {
    assert.deepEqual(await get("graffiti"), {data: {pubkey: OURS, graffiti: ""}});
    for (const graffiti of ["hello", "", "a b ", "é".repeat(16), "🐝".repeat(8), "0x1234", "{}"]) {
      assert.equal((await set("graffiti", {graffiti})).status, 202, graffiti);
      assert.deepEqual(await get("graffiti"), {data: {pubkey: OURS, graffiti}});
    }
    assert.equal((await api.ask("DELETE", path("graffiti"))).status, 204);
    assert.deepEqual(await get("graffiti"), {data: {pubkey: OURS, graffiti: ""}});
  });

  it("shows bytes that are no text as well as text can", async () => {
    const graffiti = Uint8Array.from({length: 32}, (_, at) => [0x61, 0xff, 0x62][at] ?? 0);
    api.settings.fixed.default = {...api.settings.fixed.default, graffiti};
    assert.deepEqual(await get("graffiti"), {data: {pubkey: OURS, graffiti: "a\ufffdb"}});
  });

  const refused: Record<string, readonly unknown[]> = {
    feerecipient: [
      {},
      [],
      {ethaddress: `0x${"00".repeat(20)}`},
      {ethaddress: CHECKED.replace("5aA", "5AA")},
      {ethaddress: LOWER.slice(0, -1)},
      {ethaddress: LOWER.slice(2)},
      {ethaddress: 5},
      {ethaddress: null},
      {ethAddress: LOWER},
    ],
    gas_limit: [
      {},
      {gas_limit: 36_000_000},
      ...["", "-1", "1e9", "0", "99999999999999999999", "0x10", "3.5"].map((gas_limit) => ({gas_limit})),
    ],
    graffiti: [
      {},
      {graffiti: 1},
      {graffiti: null},
      {graffiti: "x".repeat(33)},
      {graffiti: "é".repeat(17)},
      {graffiti: "\ud800"},
    ],
  };
  for (const [name, bodies] of Object.entries(refused)) {
    for (const body of bodies) {
      it(`refuses the ${name} ${JSON.stringify(body).slice(0, 60)}`, async () => {
        const before = api.settings.effective(OURS);
        assert.equal((await set(name, body)).status, 400);
        assert.deepEqual(api.settings.effective(OURS), before);
      });
    }

    it(`knows ${name} of its own keys only`, async () => {
      for (const method of ["GET", "POST", "DELETE"]) {
        const body = method === "POST" ? {body: {ethaddress: LOWER, gas_limit: "36000000", graffiti: "x"}} : {};
        assert.equal((await api.ask(method, path(name, STRANGE), body)).status, 404, method);
        assert.equal((await api.ask(method, path(name, "0x1234"), body)).status, 400, method);
      }
    });

    it(`leaves the ${name} of an operator's file alone`, async () => {
      api.settings.fixedKeys.add(OURS);
      assert.equal((await api.ask("DELETE", path(name))).status, 403);
    });

    it(`says when the ${name} cannot be saved`, async () => {
      api.settings.failure = Object.assign(new Error("ENOSPC: no space left on device, write"), {
        code: "ENOSPC",
        syscall: "write",
      });
      const written = await set(name, {ethaddress: LOWER, gas_limit: "36000000", graffiti: "x"});
      const removed = await api.ask("DELETE", path(name));
      assert.deepEqual([written.status, removed.status], [500, 500]);
      assert.equal(api.log.lines.filter((line) => /could not be saved.*ENOSPC/.test(line)).length, 2);
    });
  }
});
