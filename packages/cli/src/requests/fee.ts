import type {ExecutionAddress} from "@mote/core";
import {readRequestFee} from "@mote/node/operator";
import type {OperatorContext} from "../command/operator-command.ts";

/** What a transaction pays so that its request is taken, and why that much. */
export interface RequestFee {
  readonly feeWei: bigint;
  readonly note: string;
}

/** Next to nothing in money, and enough while some 350 requests are ahead of it: the fee grows by e for each 17. */
const FEE_WEI_DEFAULT = 10n ** 9n;
const FEE_WEI_HIGH = 10n ** 15n;

export interface FeeSource {
  /** Null: not said. */
  readonly feeWei: bigint | null;
  /** URL of an execution node; null: none is asked. */
  readonly executionNode: string | null;
}

/** @throws {ExitError} when the execution node that was named gives no answer */
export async function requestFee(
  {feeWei, executionNode}: FeeSource,
  {contract, chainId}: {readonly contract: ExecutionAddress; readonly chainId: number | null},
  {io, clock}: Pick<OperatorContext<never>, "io" | "clock">,
): Promise<RequestFee> {
  if (feeWei !== null) return {feeWei, note: "as you said; what is above the fee of the moment is not given back"};
  if (executionNode === null) {
    const note =
      "1 gwei: enough unless hundreds of requests wait; --execution-node asks for the fee of the moment. What is above it is not given back";
    return {feeWei: FEE_WEI_DEFAULT, note};
  }
  const present = await readRequestFee({url: executionNode, contract, chainId, signal: io.stop}, {clock});
  const paid = present * 2n > FEE_WEI_DEFAULT ? present * 2n : FEE_WEI_DEFAULT;
  const isHigh = paid > FEE_WEI_HIGH ? "; many requests wait at the moment, and the fee falls when they are done" : "";
  return {
    feeWei: paid,
    note: `the fee is ${present} wei at the moment, and grows while others ask; what is above it is not given back${isHigh}`,
  };
}
