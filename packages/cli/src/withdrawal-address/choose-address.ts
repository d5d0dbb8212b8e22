import {type ExecutionAddress, messageOf} from "@mote/core";
import {
  CONSOLIDATION_REQUEST_ADDRESS,
  checksumAddress,
  parseChecksummedAddress,
  WITHDRAWAL_REQUEST_ADDRESS,
} from "@mote/node/staking";
import {RefusedError} from "../command/refused-error.ts";
import type {Prompter} from "../prompt/prompter.ts";

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;
const BURN_ADDRESS = `0x${"0".repeat(36)}dead`;
/** Their numbers are small, and grow with the forks: 0x100 is the newest. */
const PRECOMPILED = /^0x0{37}[0-9a-f]{3}$/;

export interface AddressQuestion {
  /** As it was given; null: asked for twice. */
  readonly given: string | null;
  readonly flag: string;
  readonly yes: boolean;
  /** Of the network: the address that is pasted by mistake most easily. */
  readonly depositContract: ExecutionAddress;
}

export interface AddressComponents {
  readonly prompter: Prompter;
  readonly say: (line: string) => void;
}

/**
 * The address that a validator's money goes to: checked, and confirmed by a person, as nobody can ever change it.
 * @throws {RefusedError} when it is none, or not confirmed
 */
export async function withdrawalAddress(
  {given, flag, yes, depositContract}: AddressQuestion,
  {prompter, say}: AddressComponents,
): Promise<ExecutionAddress> {
  if (given === null) return await askTwice({flag, depositContract}, {prompter, say});
  const checked = check(given, flag, depositContract);
  if (checked.kind === "bad") throw new RefusedError(checked.problem);
  const {address} = checked;
  if (yes) return address;
  const text = `All money of these validators will go to ${checksumAddress(address)}, and nobody can ever change that. Is it an address of your own wallet?`;
  if (await prompter.confirm({text, flag: "--yes"}, {default: false})) return address;
  throw new RefusedError("nothing was done: give the address that you mean");
}

async function askTwice(
  {flag, depositContract}: Omit<AddressQuestion, "given" | "yes">,
  {prompter, say}: AddressComponents,
): Promise<ExecutionAddress> {
  const ask = async (text: string): Promise<CheckedAddress> =>
    check(await prompter.ask({text, flag: `${flag} <0x…>`}), "the address", depositContract);
  for (;;) {
    const first = await ask("The address of your wallet that the money will go to (it can never be changed):");
    const again = first.kind === "bad" ? first : await ask("The same address again, to be sure:");
    if (first.kind === "ok" && again.kind === "ok" && first.address === again.address) return first.address;
    const problem = again.kind === "bad" ? again.problem : "the two are not the same";
    if (!prompter.isInteractive) throw new RefusedError(problem);
    say(`${problem}: try again`);
  }
}

/** Before anybody is asked for anything. @throws {RefusedError} for an address that was given and is none, or nobody's */
export function checkGivenAddress({given, flag, depositContract}: Omit<AddressQuestion, "yes">): void {
  const checked = given === null ? null : check(given, flag, depositContract);
  if (checked?.kind === "bad") throw new RefusedError(checked.problem);
}

type CheckedAddress =
  | {readonly kind: "ok"; readonly address: ExecutionAddress}
  | {readonly kind: "bad"; readonly problem: string};

function check(text: string, field: string, depositContract: ExecutionAddress): CheckedAddress {
  let address: ExecutionAddress;
  try {
    address = parseChecksummedAddress(text, field);
  } catch (error) {
    return {kind: "bad", problem: messageOf(error)};
  }
  const whose = whoseElse(address, depositContract);
  if (whose === null) return {kind: "ok", address};
  return {kind: "bad", problem: `${field} is ${whose}, not a wallet of yours: what goes there is lost`};
}

/** Addresses that stand beside the own one where people copy from, and those that nobody can have a key of; null for all others. */
function whoseElse(address: ExecutionAddress, depositContract: ExecutionAddress): string | null {
  if (address === depositContract) return "the deposit contract";
  if (address === WITHDRAWAL_REQUEST_ADDRESS) return "the contract for withdrawal requests";
  if (address === CONSOLIDATION_REQUEST_ADDRESS) return "the contract for consolidation requests";
  if (address === ZERO_ADDRESS) return "the zero address, which is nobody's";
  if (address === BURN_ADDRESS) return "the address that coins are burnt at";
  return PRECOMPILED.test(address) ? "a contract that is built into the chain" : null;
}
