import type {Epoch} from "@mote/core";
import type {ValidatorDetails} from "@mote/node/operator";
import {formatEth} from "@mote/node/staking";

/** What speaks against a request, in sentences. The chain takes the fee of one that it cannot carry out, and does nothing. */
export interface Findings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface ChainTime {
  readonly currentEpoch: Epoch;
  /** A validator must have been active for so many epochs before it may leave or be moved. */
  readonly shardCommitteePeriod: number;
}

const MIN_ACTIVATION_GWEI = 32_000_000_000n;
const MAX_COMPOUNDING_GWEI = 2_048_000_000_000n;

const kindOf = ({withdrawalCredentials}: ValidatorDetails): string => withdrawalCredentials.slice(0, 4);
const nameOf = ({index}: ValidatorDetails): string => `validator ${index}`;
const NO_ADDRESS = "has no withdrawal address yet (0x00 credentials): name one first, with mote withdrawal-address";

/** electra/beacon-chain.md#new-process_consolidation_request */
export function consolidationFindings(source: ValidatorDetails, target: ValidatorDetails, time: ChainTime): Findings {
  const problems = [...hasAddress(source), ...isActive(source), ...isOldEnough(source, time), ...isActive(target)];
  if (kindOf(target) !== "0x02") {
    problems.push(`${nameOf(target)}, the target, does not compound: switch it first, with mote compound`);
  }
  const sum = BigInt(source.effectiveBalanceGwei) + BigInt(target.effectiveBalanceGwei);
  const warnings =
    sum > MAX_COMPOUNDING_GWEI
      ? [`together they have ${formatEth(sum)} ETH: what is above 2048 ETH does not work, and is paid out`]
      : [];
  return {problems, warnings};
}

/** electra/beacon-chain.md#new-is_valid_switch_to_compounding_request */
export function compoundFindings(validator: ValidatorDetails): Findings {
  const problems = [...hasAddress(validator), ...isActive(validator)];
  if (kindOf(validator) === "0x02") problems.push(`${nameOf(validator)} compounds already: there is nothing to do`);
  return {problems, warnings: []};
}

/** electra/beacon-chain.md#new-process_withdrawal_request @param amountGwei 0 leaves for good */
export function withdrawalFindings(validator: ValidatorDetails, amountGwei: bigint, time: ChainTime): Findings {
  const problems = [...hasAddress(validator), ...isActive(validator), ...isOldEnough(validator, time)];
  if (amountGwei === 0n) return {problems, warnings: []};
  if (kindOf(validator) === "0x01") {
    problems.push(
      `${nameOf(validator)} does not compound (0x01 credentials): all above 32 ETH is paid out by itself, and parts below it cannot be taken`,
    );
  }
  const freeGwei = BigInt(validator.balanceGwei) - MIN_ACTIVATION_GWEI;
  if (freeGwei <= 0n) {
    problems.push(
      `${nameOf(validator)} has ${formatEth(BigInt(validator.balanceGwei))} ETH: only what is above 32 can be taken`,
    );
    return {problems, warnings: []};
  }
  const isLess = amountGwei > freeGwei;
  const warnings = isLess
    ? [`only ${formatEth(freeGwei)} ETH are above 32 ETH now: no more than that will be paid`]
    : [];
  return {problems, warnings};
}

export function topUpFindings(validator: ValidatorDetails, amountGwei: bigint): Findings {
  const problems = /^(exited|withdrawal)/.test(validator.status)
    ? [`${nameOf(validator)} has left (${validator.status}): the money would only come back after a while`]
    : [];
  const sum = BigInt(validator.balanceGwei) + amountGwei;
  const limit = kindOf(validator) === "0x02" ? MAX_COMPOUNDING_GWEI : MIN_ACTIVATION_GWEI;
  const warnings = [];
  if (sum > limit && kindOf(validator) !== "0x00") {
    warnings.push(
      `it will have ${formatEth(sum)} ETH: what is above ${formatEth(limit)} does not work, and is paid out`,
    );
  }
  if (kindOf(validator) === "0x00") warnings.push(`${nameOf(validator)} ${NO_ADDRESS}`);
  return {problems, warnings};
}

const hasAddress = (validator: ValidatorDetails): string[] =>
  kindOf(validator) === "0x00" ? [`${nameOf(validator)} ${NO_ADDRESS}`] : [];

const isActive = (validator: ValidatorDetails): string[] =>
  validator.status === "active_ongoing"
    ? []
    : [`${nameOf(validator)} is ${validator.status}: it must be active, and not leaving`];

/** For voluntary exits as well. phase0/beacon-chain.md#voluntary-exits */
export function isOldEnough(validator: ValidatorDetails, {currentEpoch, shardCommitteePeriod}: ChainTime): string[] {
  const fromEpoch = validator.activationEpoch + shardCommitteePeriod;
  return validator.status !== "active_ongoing" || currentEpoch >= fromEpoch
    ? []
    : [
        `${nameOf(validator)} is active since epoch ${validator.activationEpoch}: this is possible from epoch ${fromEpoch} on, and now it is ${currentEpoch}`,
      ];
}
