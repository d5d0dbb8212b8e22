import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {computeEpochAtSlot} from "@lodestar/state-transition";
import type {Epoch, Pubkey, Slot, ValidatorIndex} from "@mote/core";
import type {Genesis} from "../genesis.ts";
import {BlockIntake} from "./block-intake.ts";
import {BlockProduction} from "./block-production.ts";
import {votesSince} from "./block-reading.ts";
import {Builder} from "./builder.ts";
import {ChainCore} from "./chain-core.ts";
import {DutyLedger, PublishTally} from "./duty-ledger.ts";
import {EnvelopeIntake} from "./envelope-intake.ts";
import type {HeadNode} from "./fork-choice.ts";
import {OpPool} from "./op-pool.ts";
import {PayloadAttestations} from "./payload-attestations.ts";
import {isGloasSlot} from "./payload-building.ts";
import {ProposerSettings} from "./proposer-settings.ts";
import {ProposersSeen} from "./proposers-seen.ts";
import {Rewards} from "./rewards.ts";
import {SlashingChecker} from "./slashing-checker.ts";
import {SyncIntake} from "./sync-committee/sync-intake.ts";
import {SyncPool} from "./sync-committee/sync-pool.ts";
import type {BuilderMode, ChainFaultRanges, SlotRange} from "./types.ts";
import {VoteIntake} from "./vote-intake.ts";
import {VoteLedger} from "./vote-ledger.ts";
import {VotePool} from "./vote-pool.ts";
import {VoteRules} from "./vote-rules.ts";

export interface ChainRoomsInit extends ChainFaultRanges {
  readonly genesis: Genesis;
  readonly pubkeys: readonly Pubkey[];
  readonly builder?: BuilderMode;
}

/** Messages of slots further back than this are of no use to any block. */
const MESSAGES_KEPT_SLOTS = 2;

export type ChainRooms = ReturnType<typeof openRooms>;

/** Puts the chain's parts together: who judges what comes in, who keeps it, who makes blocks of it, and who keeps the books. */
export function openRooms(init: ChainRoomsInit) {
  const core = new ChainCore(init);
  const {config} = core;
  const faults = readFaults(init);
  const slashings = new SlashingChecker();
  const builder = init.builder === "bids" ? new Builder({config}) : null;
  const votePool = new VotePool();
  const syncMessages = new SyncPool();
  const payloadAttestations = new PayloadAttestations({core});
  const settings = new ProposerSettings({core});
  const proposersSeen = new ProposersSeen();
  const aggregateTally = new PublishTally();
  const contributionTally = new PublishTally();
  const operations = new OpPool(
    {config},
    {
      pubkeyCache: core.pubkeyCache,
      state: () => core.stateOrThrow(core.headRoot, core.currentSlot),
      emit: (event) => core.emit(event),
      onEquivocation: (indices) => core.forkChoice.onEquivocation(indices),
    },
  );
  const ledger = new VoteLedger(
    {slotsPerEpoch: SLOTS_PER_EPOCH},
    {
      chain: {
        rootAtSlot: (slot: Slot) => core.rootAtSlot(slot),
        votesSince: (slot: Slot) => votesSince(core.blocks, slot, core.headRoot),
      },
    },
  );
  const dutyLedger = new DutyLedger({
    canonical: () => core.blocks.chain(core.headRoot),
    isGloas: (slot) => isGloasSlot(config, slot),
  });
  const votes = new VoteIntake(
    {config},
    {
      rules: new VoteRules({config}, {blocks: core.blocks, states: core.states, currentSlot: () => core.currentSlot}),
      pool: votePool,
      slashings,
      publicKey: (index) => core.pubkeyCache.get(index),
      onVote: (vote) => {
        ledger.published(vote.slot, vote.validatorIndex);
        core.forkChoice.onVote(vote);
      },
    },
  );
  const production = new BlockProduction({
    core,
    votes: votePool,
    syncMessages,
    payloadAttestations,
    operations,
    settings,
    builder,
  });
  const blocks = new BlockIntake({
    core,
    slashings,
    builder,
    isHeldBack: faults.isHeldBack,
    onShown: (block, postState) => {
      dutyLedger.onBlock(block, postState);
      proposersSeen.add(computeEpochAtSlot(block.slot) as Epoch, block.proposerIndex as ValidatorIndex);
      production.shown(block.root);
    },
  });
  const envelopes = new EnvelopeIntake({core, blocks, builder, isWithheld: faults.isWithheld});
  const syncIntake = new SyncIntake({core, pool: syncMessages});
  core.subscribe((event) => {
    if (event.kind === "head") ledger.chainChanged();
    if (event.kind === "finalized_checkpoint") operations.prune(core.stateOrThrow(event.block));
  });
  return {
    core,
    faults,
    slashings,
    ledger,
    dutyLedger,
    aggregateTally,
    contributionTally,
    votes,
    votePool,
    syncIntake,
    syncMessages,
    payloadAttestations,
    operations,
    settings,
    proposersSeen,
    production,
    blocks,
    envelopes,
    rewards: new Rewards({core}),

    /** What a block in `slot` builds on: the head, or what a reorged head built on. */
    parentFor(slot: Slot): HeadNode {
      const head: HeadNode = core.forkChoice.head();
      const isReorged = faults.isHeldBack((slot - 1) as Slot) && core.head.slot === slot - 1;
      return (isReorged ? core.forkChoice.parentOf(head.root) : null) ?? head;
    },

    /** Forgets what no block of `slot` or later may carry. */
    prune(slot: Slot): void {
      const oldestEpoch = (computeEpochAtSlot(slot) - 2) as Epoch;
      const oldestSlot = (slot - MESSAGES_KEPT_SLOTS) as Slot;
      const oldestVoteSlot = (oldestEpoch * SLOTS_PER_EPOCH) as Slot;
      votePool.prune(oldestEpoch);
      votes.prune(oldestVoteSlot);
      proposersSeen.prune(oldestEpoch);
      syncIntake.prune(oldestSlot);
      payloadAttestations.prune(oldestSlot);
      settings.prune(oldestSlot);
      blocks.prune(oldestVoteSlot);
      aggregateTally.prune(oldestVoteSlot);
      contributionTally.prune(oldestSlot);
    },
  };
}

function readFaults({skip = [], reorg = [], withholdPayload = []}: ChainFaultRanges) {
  const contains = (ranges: readonly SlotRange[], slot: Slot) =>
    ranges.some(({from, to}) => from <= slot && slot <= to);
  return {
    isSkipped: (slot: Slot): boolean => contains(skip, slot),
    isHeldBack: (slot: Slot): boolean => contains(reorg, slot),
    isWithheld: (slot: Slot): boolean => contains(withholdPayload, slot),
  };
}
