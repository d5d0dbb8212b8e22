import {WITHDRAWAL_REQUEST_ADDRESS, withdrawalRequest} from "@mote/node/staking";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {withdrawalFindings} from "./checks.ts";
import {requestFee} from "./fee.ts";
import {heed, idsOf, makeRequests, senderOf} from "./make-requests.ts";
import type {WITHDRAW_OPTIONS} from "./options.ts";

export async function runWithdraw(context: OperatorContext<typeof WITHDRAW_OPTIONS>): Promise<number> {
  const {amount, full} = context.values;
  const ids = idsOf(context.words, {takesAmount: true});
  if ((amount === null) === !full) {
    throw new RefusedError("give either --amount <ETH>, to take out a part, or --full, to leave for good");
  }
  if (amount === 0n) throw new RefusedError("--amount: 0 would mean to leave for good; for that, give --full");
  const amountGwei = amount ?? 0n;
  return await makeRequests(context, async ({chainId, time, subject}) => {
    const subjects = await Promise.all(ids.map(subject));
    for (const {details} of subjects) {
      if (details !== null && time !== null) heed(withdrawalFindings(details, amountGwei, time), context);
    }
    const contract = {contract: WITHDRAWAL_REQUEST_ADDRESS, chainId};
    const {feeWei, note} = await requestFee(context.values, contract, context);
    return subjects.map((each) => ({
      request: withdrawalRequest({pubkey: each.pubkey, amountGwei, feeWei}),
      ...senderOf(each),
      feeNote: note,
    }));
  });
}
