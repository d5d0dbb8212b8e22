import {BeaconNodeError, connectByHttp, type Transport} from "@mote/beacon-nodes";
import {type Clock, type ExecutionAddress, redactUrl} from "@mote/core";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

export interface RequestFeeInit {
  /** Of an execution node's JSON-RPC. */
  readonly url: string;
  /** Which of the request contracts. */
  readonly contract: ExecutionAddress;
  /** Null: not known. */
  readonly chainId: number | null;
  readonly signal: AbortSignal;
}

const ANSWER_SIZE_BYTES_MAX = 16 * 1024;
const CONNECT_TIMEOUT_MS = 3_000;
const TOTAL_TIMEOUT_MS = 10_000;
/** A fee that no queue ever reaches; the contracts answer 2^256−1 before their fork. */
const FEE_WEI_MAX = 10n ** 21n;

/**
 * The fee that the contract asks at present: a call without data returns it. https://eips.ethereum.org/EIPS/eip-7002#fee-calculation
 * @throws {ExitError} when the node is not there, is on another chain, or has no such contract
 */
export async function readRequestFee(
  {url, contract, chainId, signal}: RequestFeeInit,
  {clock}: {readonly clock: Clock},
): Promise<bigint> {
  const name = `the execution node ${redactUrl(url)}`;
  const refuse = (detail: string) => new ExitError(`--execution-node: ${name} ${detail}`, EXIT_NEEDS_HUMAN);
  const transport = connectByHttp({name: "execution", url}, {clock});
  try {
    const theirs = await call(transport, "eth_chainId", [], {name, signal});
    if (chainId !== null && BigInt(theirs) !== BigInt(chainId))
      throw refuse(`is on chain ${BigInt(theirs)}, and this network's is ${chainId}`);
    const answer = await call(transport, "eth_call", [{to: contract, data: "0x"}, "latest"], {name, signal});
    if (!/^0x[0-9a-f]{64}$/i.test(answer))
      throw refuse("knows no request contract: is its chain past Pectra, and synced?");
    const feeWei = BigInt(answer);
    if (feeWei > FEE_WEI_MAX) throw refuse("says that requests are not open yet");
    return feeWei;
  } finally {
    transport.close();
  }
}

async function call(
  transport: Transport,
  method: string,
  params: readonly unknown[],
  {name, signal}: {readonly name: string; readonly signal: AbortSignal},
): Promise<string> {
  try {
    const {status, body} = await transport.request({
      route: method,
      method: "POST",
      path: "",
      headers: {accept: "application/json", "content-type": "application/json"},
      body: Buffer.from(JSON.stringify({jsonrpc: "2.0", id: 1, method, params})),
      bodySizeBytesMax: ANSWER_SIZE_BYTES_MAX,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      signal,
    });
    if (status !== 200) throw new Error(`answered ${status}`);
    const result = resultOf(body.toString("utf8"));
    if (result === null) throw new Error(`gave no answer to ${method} that could be read`);
    return result;
  } catch (error) {
    const detail = error instanceof BeaconNodeError ? `${error.reason} ${error.detail}` : (error as Error).message;
    throw new ExitError(`--execution-node: ${name}: ${transport.redact(detail)}`, EXIT_ERROR);
  }
}

/** Hex of up to 32 bytes. */
function resultOf(text: string): string | null {
  try {
    const {result} = JSON.parse(text) as {result?: unknown};
    return typeof result === "string" && /^0x[0-9a-f]{0,64}$/i.test(result) ? result : null;
  } catch {
    return null;
  }
}
