import assert from "node:assert/strict";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "../../src/exit-error.ts";
import {readRequestFee} from "../../src/operator/request-fee.ts";
import {WITHDRAWAL_REQUEST_ADDRESS} from "../../src/operator/staking.ts";
import {SystemClock} from "../../src/system/system-clock.ts";

type Answers = Readonly<Record<string, unknown>>;

const wordOf = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;
const GOOD: Answers = {eth_chainId: "0x88bb0", eth_call: wordOf(17n)};

describe("the fee of a request", () => {
  let server: Server;
  let url: string;
  let answers: Answers;
  const asked: {method: string; params: unknown[]}[] = [];

  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const {method, params} = JSON.parse(body);
        asked.push({method, params});
        const result = answers[method];
        if (typeof result === "number") response.writeHead(result).end();
        else
          response
            .writeHead(200, {"content-type": "application/json"})
            .end(JSON.stringify({jsonrpc: "2.0", id: 1, result}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://user:geheim42@127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    answers = GOOD;
    asked.length = 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const read = (chainId: number | null = 560_048) =>
    readRequestFee(
      {url, contract: WITHDRAWAL_REQUEST_ADDRESS, chainId, signal: new AbortController().signal},
      {clock: new SystemClock()},
    );
  const rejects = (pattern: RegExp, exitCode: number, chainId?: number) =>
    assert.rejects(read(chainId), (error: unknown) => {
      assert.ok(error instanceof ExitError, String(error));
      assert.match(error.message, pattern);
      assert.doesNotMatch(error.message, /geheim42/);
      assert.equal(error.exitCode, exitCode);
      return true;
    });

  it("is what the contract answers to a call without data", async () => {
    assert.equal(await read(), 17n);
    assert.deepEqual(asked, [
      {method: "eth_chainId", params: []},
      {method: "eth_call", params: [{to: WITHDRAWAL_REQUEST_ADDRESS, data: "0x"}, "latest"]},
    ]);
    assert.equal(await read(null), 17n);
  });

  it("is not taken from another chain, nor from a contract that is not there or not open", async () => {
    answers = {...GOOD, eth_chainId: "0x1"};
    await rejects(/is on chain 1, and this network's is 560048/, EXIT_NEEDS_HUMAN);
    answers = {...GOOD, eth_call: "0x"};
    await rejects(/knows no request contract/, EXIT_NEEDS_HUMAN);
    answers = {...GOOD, eth_call: wordOf(2n ** 256n - 1n)};
    await rejects(/not open yet/, EXIT_NEEDS_HUMAN);
  });

  it("is not guessed from an answer that is none", async () => {
    const wrongs: readonly unknown[] = [undefined, 17, null, "17", `0x${"0".repeat(66)}`, {}, 500];
    for (const wrong of wrongs.filter((each) => each !== 17)) {
      answers = {...GOOD, eth_call: wrong};
      await rejects(/--execution-node: /, EXIT_ERROR);
      answers = {...GOOD, eth_chainId: wrong};
      await rejects(/--execution-node: /, EXIT_ERROR);
    }
    answers = {...GOOD, eth_call: "x".repeat(40_000)};
    await rejects(/TOO_LARGE/, EXIT_ERROR);
  });
});
