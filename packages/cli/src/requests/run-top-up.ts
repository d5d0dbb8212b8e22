import {checkDepositAmount, depositDataRoot, depositRequest, stakingFacts} from "@mote/node/staking";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {checkPaidInEth} from "../deposit/paid-in-eth.ts";
import {topUpFindings} from "./checks.ts";
import {heed, idsOf, makeRequests} from "./make-requests.ts";
import type {TOP_UP_OPTIONS} from "./options.ts";

/** The point at infinity: of a further deposit nobody looks at the signature, and of a first one it would never be valid. */
const NO_SIGNATURE = `0x${"c0".padEnd(192, "0")}` as const;

export async function runTopUp(context: OperatorContext<typeof TOP_UP_OPTIONS>): Promise<number> {
  const {amount} = context.values;
  const ids = idsOf(context.words, {takesAmount: true});
  if (amount === null) throw new RefusedError("how much? Give --amount <ETH>, 1 or more");
  const amountGwei = checkDepositAmount(amount);
  const facts = stakingFacts(context.network);
  checkPaidInEth(facts, `use ${facts.launchpadUrl}`);
  if (context.beaconNodes.length === 0) {
    throw new RefusedError(
      "give --beacon-nodes: what is sent for a key that is no validator yet is lost, so the chain is asked first",
    );
  }
  return await makeRequests(context, async ({depositContract, subject}) => {
    const subjects = await Promise.all(ids.map(subject));
    return subjects.map(({pubkey, details}) => {
      if (details === null) throw new RefusedError(`${pubkey} is not known to the chain`);
      heed(topUpFindings(details, amountGwei), context);
      const data = {pubkey, withdrawalCredentials: details.withdrawalCredentials, amountGwei, signature: NO_SIGNATURE};
      const request = depositRequest({...data, depositDataRoot: depositDataRoot(data)}, depositContract);
      return {request, from: null, fromNote: "any address of yours: the money becomes the validator's", feeNote: null};
    });
  });
}
