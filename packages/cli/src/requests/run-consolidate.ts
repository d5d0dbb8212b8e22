import {CONSOLIDATION_REQUEST_ADDRESS, consolidationRequest} from "@mote/node/staking";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {compoundFindings, consolidationFindings} from "./checks.ts";
import {requestFee} from "./fee.ts";
import {heed, idsOf, makeRequests, senderOf} from "./make-requests.ts";
import type {COMPOUND_OPTIONS, CONSOLIDATE_OPTIONS} from "./options.ts";
import {parseValidatorId} from "./validator-id.ts";

export async function runConsolidate(context: OperatorContext<typeof CONSOLIDATE_OPTIONS>): Promise<number> {
  const {source: from, target: to} = context.values;
  if (context.words.length > 0) {
    throw new RefusedError(
      "which one is moved, and which one takes its balance? Write --source <0x…|index> --target <0x…|index>",
    );
  }
  if (from === null || to === null) throw new RefusedError("give both --source and --target");
  const [sourceId, targetId] = [parseValidatorId(from, "--source"), parseValidatorId(to, "--target")];
  return await makeRequests(context, async ({chainId, time, subject}) => {
    const [source, target] = [await subject(sourceId), await subject(targetId)];
    if (source.pubkey === target.pubkey) {
      throw new RefusedError("source and target are the same validator: to have it compound, use mote compound");
    }
    if (source.details !== null && target.details !== null && time !== null) {
      heed(consolidationFindings(source.details, target.details, time), context);
    }
    const contract = {contract: CONSOLIDATION_REQUEST_ADDRESS, chainId};
    const {feeWei, note} = await requestFee(context.values, contract, context);
    const request = consolidationRequest({source: source.pubkey, target: target.pubkey, feeWei});
    return [{request, ...senderOf(source), feeNote: note}];
  });
}

export async function runCompound(context: OperatorContext<typeof COMPOUND_OPTIONS>): Promise<number> {
  const ids = idsOf(context.words);
  return await makeRequests(context, async ({chainId, subject}) => {
    const subjects = await Promise.all(ids.map(subject));
    for (const {details} of subjects) if (details !== null) heed(compoundFindings(details), context);
    const contract = {contract: CONSOLIDATION_REQUEST_ADDRESS, chainId};
    const {feeWei, note} = await requestFee(context.values, contract, context);
    return subjects.map((each) => ({
      request: consolidationRequest({source: each.pubkey, target: each.pubkey, feeWei}),
      ...senderOf(each),
      feeNote: note,
    }));
  });
}
