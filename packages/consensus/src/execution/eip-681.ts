import {InvalidValueError} from "@mote/core";
import {checksumAddress} from "./address.ts";
import type {ExecutionRequest} from "./requests.ts";

/**
 * A link (or QR code) that a wallet opens as a transaction to sign. https://eips.ethereum.org/EIPS/eip-681
 * The standard has no name for call data that belongs to no function, as that of the request addresses; `data` is what wallets that know any take. One
 * that passes over it makes a transaction that these contracts revert, so no money is lost.
 * @throws {InvalidValueError} for a chain id that is no positive integer
 */
export function eip681({to, data, valueWei, call}: ExecutionRequest, chainId: number): string {
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    throw new InvalidValueError("the chain id must be a positive integer");
  const target = `ethereum:${checksumAddress(to)}@${chainId}`;
  const args = call === undefined ? [`data=${data}`] : call.args.map(([type, value]) => `${type}=${value}`);
  return `${target}${call === undefined ? "" : `/${call.name}`}?${[`value=${valueWei}`, ...args].join("&")}`;
}
