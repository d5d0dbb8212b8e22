import {ForkSeq} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import type {Epoch} from "@mote/core";

/** phase0/weak-subjectivity.md: percent of the safety margin that may be lost. */
const SAFETY_DECAY = 10;

/**
 * For how many epochs a finalized block can be trusted without asking anybody again, for a validator set so large that its churn follows the stake: a light
 * client has no state to count the stake in. In Gloas the activation churn counts without its cap, which makes the period shorter than the spec's, never
 * longer. electra/weak-subjectivity.md, gloas/weak-subjectivity.md, `compute_weak_subjectivity_period`
 */
export function weakSubjectivityEpochs(config: NetworkConfig, epoch: Epoch): number {
  const churnOfStake =
    config.getForkSeqAtEpoch(epoch) >= ForkSeq.gloas
      ? 1 / config.CHURN_LIMIT_QUOTIENT_GLOAS + 1 / config.CONSOLIDATION_CHURN_LIMIT_QUOTIENT
      : 1 / config.CHURN_LIMIT_QUOTIENT;
  return config.MIN_VALIDATOR_WITHDRAWABILITY_DELAY + Math.floor(SAFETY_DECAY / (200 * churnOfStake));
}

/** `is_within_weak_subjectivity_period` */
export const isWithinWeakSubjectivity = (config: NetworkConfig, trusted: Epoch, current: Epoch): boolean =>
  current <= trusted + weakSubjectivityEpochs(config, current);
