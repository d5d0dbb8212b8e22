import {type ExecutionAddress, executionAddressToHex, type Pubkey} from "@mote/core";
import type {OptionTable, Values} from "@mote/node/config";
import type {OperatorClient, ValidatorDetails} from "@mote/node/operator";
import {stakingFacts, withdrawalAddressOf} from "@mote/node/staking";
import {openOperator} from "../command/open-operator.ts";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {say} from "../command/say.ts";
import type {ChainTime, Findings} from "./checks.ts";
import type {ReadyTransaction} from "./transactions.ts";
import {writeTransactions} from "./transactions.ts";
import {lookUp, nameOfId, parseValidatorId, type ValidatorId} from "./validator-id.ts";

const VALIDATORS_MAX = 1_000;

/** A validator with what the chain says of it; null when nobody was asked. */
export interface Subject {
  readonly pubkey: Pubkey;
  readonly details: ValidatorDetails | null;
}

/** What every request is made with. */
export interface RequestRoom {
  /** Of the execution chain; null when nobody knows it. */
  readonly chainId: number | null;
  readonly depositContract: ExecutionAddress;
  readonly time: ChainTime | null;
  subject(id: ValidatorId): Promise<Subject>;
}

interface RequestValues {
  readonly json: boolean;
  readonly qr: boolean;
}

/** Opens what is needed, has the transactions made, and prints them. */
export async function makeRequests<T extends OptionTable>(
  context: OperatorContext<T> & {readonly values: Values<T> & RequestValues},
  make: (room: RequestRoom) => Promise<readonly ReadyTransaction[]>,
): Promise<number> {
  const {values, network, io} = context;
  const facts = stakingFacts(network);
  const operator = await openOperator(context);
  const chainId = operator?.config.DEPOSIT_CHAIN_ID ?? facts.executionChainId;
  try {
    const transactions = await make({
      chainId,
      depositContract:
        operator === null ? facts.depositContract : executionAddressToHex(operator.config.DEPOSIT_CONTRACT_ADDRESS),
      time: operator === null ? null : timeOf(operator),
      subject: async (id) => {
        const details = await lookUp(id, operator);
        if (details !== null) return {pubkey: details.pubkey, details};
        if (id.kind === "pubkey") return {pubkey: id.pubkey, details};
        throw new RefusedError(`${nameOfId(id)} is not known`);
      },
    });
    if (operator === null) {
      say(
        io,
        "no --beacon-nodes: nothing was checked against the chain, which takes the fee of a request that it cannot carry out",
      );
    }
    const {json, qr} = values;
    writeTransactions(transactions, {chainId, json, qr}, io);
    say(
      io,
      "nothing was sent: have your wallet sign and send it, and look in the wallet at address, value and data before you do",
    );
    return 0;
  } finally {
    operator?.close();
  }
}

export const timeOf = ({currentEpoch, config}: Pick<OperatorClient, "currentEpoch" | "config">): ChainTime => ({
  currentEpoch,
  shardCommitteePeriod: config.SHARD_COMMITTEE_PERIOD,
});

/** As people write money; a whole number alone is the index of a validator. */
const AMOUNT = /^(\d+\.\d+)$|^(\d+(?:\.\d+)?) ?eth$/i;

/** @throws {RefusedError} for none, or more than anybody means. @param takesAmount one belongs to the command, and may have lost its flag */
export function idsOf(
  words: readonly string[],
  {takesAmount = false}: {readonly takesAmount?: boolean} = {},
): readonly ValidatorId[] {
  for (const word of takesAmount ? words : []) {
    const [, plain, ofEth] = AMOUNT.exec(word) ?? [];
    const amount = plain ?? ofEth;
    if (amount !== undefined)
      throw new RefusedError(`${JSON.stringify(word)} is no validator: an amount is written --amount ${amount}`);
  }
  if (words.length === 0)
    throw new RefusedError("which validator? Give its public key (0x…), or its index with --beacon-nodes");
  if (words.length > VALIDATORS_MAX)
    throw new RefusedError(`more than ${VALIDATORS_MAX} validators at once are too many`);
  return words.map((word) => parseValidatorId(word, "a validator"));
}

/** @throws {RefusedError} when a problem was found */
export function heed({problems, warnings}: Findings, {io}: Pick<OperatorContext<never>, "io">): void {
  if (problems.length > 0) throw new RefusedError(problems.join("\nmote: "));
  for (const warning of warnings) say(io, `note: ${warning}`);
}

/** The one address that the chain takes the request from. */
export function senderOf({details}: Subject): {readonly from: ExecutionAddress | null; readonly fromNote: string} {
  const from = details === null ? null : withdrawalAddressOf(details.withdrawalCredentials);
  return {
    from,
    fromNote:
      from === null
        ? "the validator's withdrawal address: from any other the request has no effect"
        : "the withdrawal address: from any other the request has no effect",
  };
}
