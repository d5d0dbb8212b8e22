import type {ExecutionAddress} from "@mote/core";
import {checksumAddress, type ExecutionRequest, eip681} from "@mote/node/staking";
import {renderUnicodeCompact} from "uqr";
import type {CommandIo} from "../command-io.ts";

/** A transaction for somebody's wallet. */
export interface ReadyTransaction {
  readonly request: ExecutionRequest;
  /** Who alone may send it; null when that is not known, or anybody may. */
  readonly from: ExecutionAddress | null;
  /** In the place of an address where `from` is null. */
  readonly fromNote: string;
  /** Null: the deposit is the value. */
  readonly feeNote: string | null;
}

export interface TransactionOutput {
  /** Null: the link cannot be made. */
  readonly chainId: number | null;
  readonly json: boolean;
  readonly qr: boolean;
}

const WEI_PER_ETH_DIGITS = 18;

/** The transactions as JSON for scripts and wallets, or for people with links and QR codes. */
export function writeTransactions(
  transactions: readonly ReadyTransaction[],
  {chainId, json, qr}: TransactionOutput,
  {stdout}: Pick<CommandIo, "stdout">,
): void {
  if (json) {
    const list = transactions.map((each) => jsonOf(each, chainId));
    stdout.write(`${JSON.stringify({chainId, transactions: list}, null, 2)}\n`);
    return;
  }
  for (const each of transactions) stdout.write(`${textOf(each, {chainId, qr})}\n`);
}

function jsonOf({request, from}: ReadyTransaction, chainId: number | null) {
  const {what, to, data, valueWei} = request;
  return {
    what,
    from: from === null ? null : checksumAddress(from),
    to: checksumAddress(to),
    data,
    value: `0x${valueWei.toString(16)}`,
    valueWei: String(valueWei),
    chainId,
    eip681: chainId === null ? null : eip681(request, chainId),
  };
}

function textOf(
  {request, from, fromNote, feeNote}: ReadyTransaction,
  {chainId, qr}: {chainId: number | null; qr: boolean},
): string {
  const {what, to, data, valueWei} = request;
  const sender = from === null ? fromNote : `${checksumAddress(from)} (${fromNote})`;
  const link = chainId === null ? null : eip681(request, chainId);
  const lines = [
    `${what.charAt(0).toUpperCase()}${what.slice(1)}`,
    `  from   ${sender}`,
    `  to     ${checksumAddress(to)}`,
    `  value  ${formatWei(valueWei)} ETH (${valueWei} wei)`,
    ...(feeNote === null ? [] : [`         ${feeNote}`]),
    `  data   ${data}`,
    ...(link === null ? [] : [`  link   ${link}`]),
  ];
  const code = qr && link !== null ? `\n${renderUnicodeCompact(link)}\n` : "";
  return `${lines.join("\n")}\n${code}`;
}

/** Decimal ETH without trailing zeros. */
export function formatWei(wei: bigint): string {
  const digits = String(wei).padStart(WEI_PER_ETH_DIGITS + 1, "0");
  const whole = digits.slice(0, -WEI_PER_ETH_DIGITS);
  const fraction = digits.slice(-WEI_PER_ETH_DIGITS).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
