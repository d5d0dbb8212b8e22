import {type BeaconConfig, type ChainForkConfig, createBeaconConfig, createChainForkConfig} from "@lodestar/config";
import {
  ACTIVE_PRESET,
  COMPOUNDING_WITHDRAWAL_PREFIX,
  EFFECTIVE_BALANCE_INCREMENT,
  FAR_FUTURE_EPOCH,
  ForkSeq,
  GENESIS_EPOCH,
  MAX_EFFECTIVE_BALANCE_ELECTRA,
  MIN_ACTIVATION_BALANCE,
  MIN_SEED_LOOKAHEAD,
  PresetName,
  PTC_SIZE,
  SLOTS_PER_EPOCH,
  SLOTS_PER_HISTORICAL_ROOT,
  UNSET_DEPOSIT_REQUESTS_START_INDEX,
} from "@lodestar/params";
import {
  type BeaconStateAllForks,
  type BeaconStateGloas,
  computeEpochShuffling,
  computePayloadTimelinessCommitteesForEpoch,
  computeProposerIndices,
  createCachedBeaconState,
  createPubkeyCache,
  getActiveValidatorIndices,
  getEffectiveBalanceIncrementsZeroed,
  getNextSyncCommittee,
} from "@lodestar/state-transition";
import {ssz, sszTypesFor} from "@lodestar/types";
import {bytesToHex, InvalidValueError, type Pubkey, type Root, rootToHex} from "@mote/core";
import type {ChainState, DevnetFork, DevnetGenesis} from "./chain/types.ts";
import type {InteropKeys} from "./interop-keys.ts";

export const DEVNET_CONFIG_NAME = "mote-devnet";
/** Each slot needs a voter. */
export const VALIDATORS_MIN = SLOTS_PER_EPOCH;
/** More was never tried. */
export const VALIDATORS_MAX = 4096;

const DEPOSIT_CHAIN_ID = 6_071_684;
const GAS_LIMIT = 60_000_000;
/** Hash of the made-up execution block before the first one; also every randao mix at genesis. */
const EXECUTION_GENESIS_HASH = new Uint8Array(32).fill(0x42);
const WITHDRAWAL_ADDRESS_BYTE = 0xaa;
/** Short, so that an exit can be tried out without waiting for 64 epochs. */
const SHARD_COMMITTEE_PERIOD_EPOCHS = 2;

export interface DevnetConfigInit {
  readonly fork: DevnetFork;
  readonly secondsPerSlot: number;
}

/** Every fork up to Fulu from epoch 0 on; Gloas where asked. Fork versions are those of no public network. */
export function createDevnetConfig(init: DevnetConfigInit): ChainForkConfig {
  if (ACTIVE_PRESET !== PresetName.minimal) {
    throw new Error(
      `the devnet runs on the minimal preset, not ${ACTIVE_PRESET}: set LODESTAR_PRESET before anything is imported`,
    );
  }
  if (!Number.isInteger(init.secondsPerSlot) || init.secondsPerSlot < 1) {
    throw new RangeError(`secondsPerSlot must be a whole number of seconds from 1 up, not ${init.secondsPerSlot}`);
  }
  return createChainForkConfig({
    CONFIG_NAME: DEVNET_CONFIG_NAME,
    DEPOSIT_CHAIN_ID,
    DEPOSIT_NETWORK_ID: DEPOSIT_CHAIN_ID,
    SECONDS_PER_SLOT: init.secondsPerSlot,
    SLOT_DURATION_MS: init.secondsPerSlot * 1000,
    TERMINAL_TOTAL_DIFFICULTY: 0n,
    SHARD_COMMITTEE_PERIOD: SHARD_COMMITTEE_PERIOD_EPOCHS,
    GENESIS_FORK_VERSION: forkVersion(0),
    ALTAIR_FORK_VERSION: forkVersion(1),
    BELLATRIX_FORK_VERSION: forkVersion(2),
    CAPELLA_FORK_VERSION: forkVersion(3),
    DENEB_FORK_VERSION: forkVersion(4),
    ELECTRA_FORK_VERSION: forkVersion(5),
    FULU_FORK_VERSION: forkVersion(6),
    GLOAS_FORK_VERSION: forkVersion(7),
    HEZE_FORK_VERSION: forkVersion(8),
    ALTAIR_FORK_EPOCH: 0,
    BELLATRIX_FORK_EPOCH: 0,
    CAPELLA_FORK_EPOCH: 0,
    DENEB_FORK_EPOCH: 0,
    ELECTRA_FORK_EPOCH: 0,
    FULU_FORK_EPOCH: 0,
    GLOAS_FORK_EPOCH: gloasEpoch(init.fork),
  });
}

/** What deposits for one key come to. */
export interface GenesisValidator {
  readonly pubkey: Pubkey;
  /** 48 bytes, compressed. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly withdrawalCredentials: Uint8Array;
  readonly amountGwei: number;
}

export interface GenesisInit extends DevnetConfigInit {
  /** Of the interop keys. */
  readonly validators: number;
  /** After them, in this order. */
  readonly depositors?: readonly GenesisValidator[];
  readonly genesisTimeSec: number;
}

export interface Genesis {
  readonly config: BeaconConfig;
  readonly state: ChainState;
  readonly stateRoot: Root;
  readonly facts: DevnetGenesis;
}

/** The same init gives the same genesis, byte for byte. */
export function createGenesis(init: GenesisInit, components: {readonly keys: InteropKeys}): Genesis {
  if (!Number.isInteger(init.validators) || init.validators < VALIDATORS_MIN || init.validators > VALIDATORS_MAX) {
    throw new RangeError(`validators must be from ${VALIDATORS_MIN} to ${VALIDATORS_MAX}, not ${init.validators}`);
  }
  if (components.keys.length < init.validators) {
    throw new RangeError(`${init.validators} validators need as many keys, not ${components.keys.length}`);
  }
  const validators = genesisValidators(init, components.keys);
  const chainConfig = createDevnetConfig(init);
  const raw = createState(chainConfig, init, validators);
  setShuffledFields(raw, chainConfig.getForkSeq(0));
  raw.commit();
  const config = createBeaconConfig(chainConfig, raw.genesisValidatorsRoot);
  const state = createCachedBeaconState(raw, {config, pubkeyCache: createPubkeyCache()});
  const stateRoot = state.hashTreeRoot();
  const header = {...state.latestBlockHeader.toValue(), stateRoot};
  return {
    config,
    state,
    stateRoot: rootToHex(stateRoot),
    facts: {
      timeSec: init.genesisTimeSec,
      validatorsRoot: rootToHex(raw.genesisValidatorsRoot),
      forkVersion: bytesToHex(chainConfig.GENESIS_FORK_VERSION),
      blockRoot: rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(header)),
    },
  };
}

/** In the order of their indices. @throws {RangeError} when they are too many, {@link InvalidValueError} when a key comes twice */
export function genesisValidators(
  {validators, depositors = []}: Pick<GenesisInit, "validators" | "depositors">,
  keys: InteropKeys,
): readonly GenesisValidator[] {
  const withdrawalCredentials = new Uint8Array(32).fill(WITHDRAWAL_ADDRESS_BYTE, 12);
  withdrawalCredentials[0] = 0x01;
  const own = keys.slice(0, validators).map(({pubkey, publicKey}) => ({
    pubkey,
    publicKey,
    withdrawalCredentials,
    amountGwei: MIN_ACTIVATION_BALANCE,
  }));
  const all = [...own, ...depositors];
  if (all.length > VALIDATORS_MAX)
    throw new InvalidValueError(`a devnet has at most ${VALIDATORS_MAX} validators, deposits among them`);
  const seen = new Set<Pubkey>();
  for (const {pubkey} of all) {
    if (seen.has(pubkey)) throw new InvalidValueError(`${pubkey} is a validator of this devnet already`);
    seen.add(pubkey);
  }
  return all;
}

function gloasEpoch(fork: DevnetFork): number {
  if (fork === "fulu") return Number.POSITIVE_INFINITY;
  return fork === "gloas" ? 0 : fork.gloasEpoch;
}

/** "mot" after the number of the fork. */
function forkVersion(fork: number): Uint8Array {
  return Uint8Array.of(fork, 0x6d, 0x6f, 0x74);
}

/** Everything of the genesis state that does not depend on a shuffling. */
function createState(
  config: ChainForkConfig,
  init: GenesisInit,
  validators: readonly GenesisValidator[],
): BeaconStateAllForks {
  const fork = config.getForkInfo(0);
  const types = sszTypesFor(fork.name);
  const state = types.BeaconState.defaultViewDU() as BeaconStateAllForks;
  state.genesisTime = init.genesisTimeSec;
  state.fork = ssz.phase0.Fork.toViewDU({previousVersion: fork.prevVersion, currentVersion: fork.version, epoch: 0});
  state.latestBlockHeader = ssz.phase0.BeaconBlockHeader.toViewDU({
    ...ssz.phase0.BeaconBlockHeader.defaultValue(),
    bodyRoot: types.BeaconBlockBody.hashTreeRoot(types.BeaconBlockBody.defaultValue() as never),
  });
  state.eth1Data = ssz.phase0.Eth1Data.toViewDU({
    depositRoot: new Uint8Array(32),
    depositCount: BigInt(validators.length),
    blockHash: EXECUTION_GENESIS_HASH,
  });
  state.eth1DepositIndex = validators.length;
  state.randaoMixes = ssz.phase0.RandaoMixes.toViewDU(
    Array.from({length: ssz.phase0.RandaoMixes.length}, () => EXECUTION_GENESIS_HASH),
  );
  (state as BeaconStateGloas).depositRequestsStartIndex = UNSET_DEPOSIT_REQUESTS_START_INDEX;
  addValidators(state as BeaconStateGloas, validators);
  setExecutionFields(state, fork.seq);
  state.commit();
  state.genesisValidatorsRoot = state.validators.hashTreeRoot();
  return state;
}

/** phase0/beacon-chain.md#genesis, with the balances of Electra: who has less than 32 ETH waits for more. */
function addValidators(state: BeaconStateGloas, validators: readonly GenesisValidator[]): void {
  for (const {publicKey, withdrawalCredentials, amountGwei} of validators) {
    const isCompounding = withdrawalCredentials[0] === COMPOUNDING_WITHDRAWAL_PREFIX;
    const balanceMax = isCompounding ? MAX_EFFECTIVE_BALANCE_ELECTRA : MIN_ACTIVATION_BALANCE;
    const effectiveBalance = Math.min(amountGwei - (amountGwei % EFFECTIVE_BALANCE_INCREMENT), balanceMax);
    const activeFrom = effectiveBalance >= MIN_ACTIVATION_BALANCE ? GENESIS_EPOCH : FAR_FUTURE_EPOCH;
    const validator = {
      pubkey: publicKey,
      withdrawalCredentials,
      effectiveBalance,
      slashed: false,
      activationEligibilityEpoch: activeFrom,
      activationEpoch: activeFrom,
      exitEpoch: FAR_FUTURE_EPOCH,
      withdrawableEpoch: FAR_FUTURE_EPOCH,
    };
    state.validators.push(ssz.phase0.Validator.toViewDU(validator));
    state.balances.push(amountGwei);
    state.previousEpochParticipation.push(0);
    state.currentEpochParticipation.push(0);
    state.inactivityScores.push(0);
  }
}

function setExecutionFields(state: BeaconStateAllForks, fork: ForkSeq): void {
  if (fork < ForkSeq.gloas) {
    (state as {latestExecutionPayloadHeader: unknown}).latestExecutionPayloadHeader =
      ssz.fulu.ExecutionPayloadHeader.toViewDU({
        ...ssz.fulu.ExecutionPayloadHeader.defaultValue(),
        blockHash: EXECUTION_GENESIS_HASH,
        gasLimit: GAS_LIMIT,
      });
    return;
  }
  const gloas = state as BeaconStateGloas;
  gloas.latestBlockHash = EXECUTION_GENESIS_HASH;
  gloas.latestExecutionPayloadBid = ssz.gloas.ExecutionPayloadBid.toViewDU({
    ...ssz.gloas.ExecutionPayloadBid.defaultValue(),
    blockHash: EXECUTION_GENESIS_HASH,
    gasLimit: BigInt(GAS_LIMIT),
    executionRequestsRoot: ssz.gloas.ExecutionRequests.hashTreeRoot(ssz.gloas.ExecutionRequests.defaultValue()),
  });
  for (let slot = 0; slot < SLOTS_PER_HISTORICAL_ROOT; slot++) gloas.executionPayloadAvailability.set(slot, true);
}

/** Sync committees, the proposers of the first epochs and, in Gloas, the payload committees. */
function setShuffledFields(state: BeaconStateAllForks, fork: ForkSeq): void {
  const gloas = state as BeaconStateGloas;
  const active = getActiveValidatorIndices(state, GENESIS_EPOCH);
  const syncCommitteeFor = (of: BeaconStateAllForks, epoch: number) => {
    const view = {slot: epoch * SLOTS_PER_EPOCH, randaoMixes: of.randaoMixes, validators: of.validators};
    const {syncCommittee} = getNextSyncCommittee(fork, view as BeaconStateAllForks, active, increments);
    return ssz.altair.SyncCommittee.toViewDU(syncCommittee);
  };
  const increments = getEffectiveBalanceIncrementsZeroed(state.validators.length);
  for (const [index, {effectiveBalance}] of state.validators.getAllReadonlyValues().entries()) {
    increments[index] = effectiveBalance / EFFECTIVE_BALANCE_INCREMENT;
  }
  gloas.currentSyncCommittee = syncCommitteeFor(state, 0);
  // The spec's genesis has the same committee twice: a client that misses the first change of periods would go unnoticed.
  gloas.nextSyncCommittee = syncCommitteeFor(state, 1);
  const proposers: number[] = [];
  // The window's first epoch is the one before genesis, which had no committee.
  const payloadCommittees: Uint32Array[] = Array.from({length: SLOTS_PER_EPOCH}, () => new Uint32Array(PTC_SIZE));
  for (let epoch = GENESIS_EPOCH; epoch <= GENESIS_EPOCH + MIN_SEED_LOOKAHEAD; epoch++) {
    const shuffling = computeEpochShuffling(state, active, epoch);
    // Only these two members of the state's caches are read, and the caches cannot be made before these fields are set.
    const view = {randaoMixes: state.randaoMixes, epochCtx: {effectiveBalanceIncrements: increments}} as ChainState;
    proposers.push(...computeProposerIndices(fork, view, shuffling, epoch));
    if (fork >= ForkSeq.gloas) {
      payloadCommittees.push(
        ...computePayloadTimelinessCommitteesForEpoch(state, epoch, shuffling.committees, increments),
      );
    }
  }
  gloas.proposerLookahead = ssz.fulu.ProposerLookahead.toViewDU(proposers);
  if (fork >= ForkSeq.gloas) gloas.ptcWindow = ssz.gloas.PtcWindow.toViewDU(payloadCommittees as never);
}
