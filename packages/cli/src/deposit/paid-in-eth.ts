import type {StakingFacts} from "@mote/node/staking";
import {RefusedError} from "../command/refused-error.ts";

/** @throws {RefusedError} where deposits are paid in a token: a transaction with ETH in it would be sent in vain. @param instead what to do then */
export function checkPaidInEth({depositsArePaidIn, name}: StakingFacts, instead: string): void {
  if (depositsArePaidIn === "ETH") return;
  throw new RefusedError(
    `on ${name} deposits are paid in ${depositsArePaidIn}, by a transfer of the token, and Mote makes no transactions for that: ${instead}`,
  );
}
