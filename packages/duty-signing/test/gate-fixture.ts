import {attestationSigningRoot, chainConfigFromSpec, createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import {
  type AttestationData,
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  type FailureReason,
  type ProposerSettings,
  type Pubkey,
  parseExecutionAddress,
  type Root,
  type SignOutcome,
  type Slot,
  SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {FakeClock, FakeLog, FakeSigner, MemorySlashingProtection} from "@mote/testing";
import {
  type KeyRefusal,
  SigningGate,
  type SigningGateComponents,
  type SigningGateInit,
  type SigningPurpose,
} from "../src/signing-gate.ts";

export const SLOTS_PER_EPOCH = 8;
const SLOT_DURATION_MS = 2000;
const GENESIS_TIME_SEC = 1_000_000;

export const root = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;
export const pubkey = (byte: number): Pubkey => `0x${byte.toString(16).padStart(2, "0").repeat(48)}` as Pubkey;

export const KEYS = [1, 2, 3, 4].map(pubkey);

const EARLIER_FORKS = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"];
const scheduled = (forks: Readonly<Record<string, number>>): NetworkConfig => {
  const epochs = Object.entries({...Object.fromEntries(EARLIER_FORKS.map((fork) => [fork, 0])), ...forks});
  const spec = Object.fromEntries(epochs.map(([fork, epoch]) => [`${fork}_FORK_EPOCH`, `${epoch}`]));
  return createNetworkConfig(chainConfigFromSpec(spec), root(0x77));
};

/** Fulu from genesis on, and for good. */
export const config: NetworkConfig = scheduled({});
/** Gloas from genesis on. */
export const gloasConfig: NetworkConfig = scheduled({GLOAS: 0});
/** Fulu, then Gloas. */
export const GLOAS_EPOCH = 3;
export const forkingConfig: NetworkConfig = scheduled({GLOAS: GLOAS_EPOCH});

export const FEE_RECIPIENT = parseExecutionAddress(`0x${"fe".repeat(20)}`, "fee recipient");
export const STRANGER = parseExecutionAddress(`0x${"bad0".repeat(10)}`, "fee recipient");
export const GAS_LIMIT = 60_000_000;

export const settingsWith = (over: Partial<ProposerSettings> = {}): ProposerSettings => ({
  feeRecipient: FEE_RECIPIENT,
  gasLimit: GAS_LIMIT,
  graffiti: null,
  builder: {isEnabled: false, boostFactor: 100n},
  ...over,
});

export const BUILDER_ON = {builder: {isEnabled: true, boostFactor: 100n}};

export const reasonOf = (outcome: SignOutcome | undefined): FailureReason | "signed" | undefined =>
  outcome?.kind === "refused" ? outcome.reason : outcome?.kind;

/** Data that may be voted for in `slot`. */
export function dataOf(slot: number, over: {source?: number; target?: number; head?: number} = {}): AttestationData {
  const {source = 0, target = Math.floor(slot / SLOTS_PER_EPOCH), head = 0xaa} = over;
  return {
    slot: slot as Slot,
    index: 0,
    beaconBlockRoot: root(head),
    source: {epoch: source as Epoch, root: root(0x55)},
    target: {epoch: target as Epoch, root: root(0x66)},
  };
}

export const dutyOf = (key: Pubkey, slot: number): AttesterDuty => ({
  pubkey: key,
  validatorIndex: KEYS.indexOf(key) as ValidatorIndex,
  slot: slot as Slot,
  committeeIndex: 0 as CommitteeIndex,
  committeeLength: 4,
  committeesAtSlot: 1,
  validatorCommitteeIndex: 0,
});

export const dutiesOf = (slot: number, keys: readonly Pubkey[] = KEYS): AttesterDuty[] =>
  keys.map((key) => dutyOf(key, slot));

export const signingRootOf = (data: AttestationData): Root => attestationSigningRoot(config, data);

export const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const INACTIVE: KeyRefusal = {reason: "KEY_NOT_ACTIVE", detail: "it has exited"};

/** A gate over fakes, its clock in the middle of `slot`. */
export class GateFixture {
  readonly clock: FakeClock;
  readonly signer = new FakeSigner({pubkeys: KEYS});
  readonly protection = new MemorySlashingProtection();
  readonly log = new FakeLog();
  /** Keys that may not sign, and why. */
  readonly refusals = new Map<Pubkey, KeyRefusal>();
  /** For what keys were wanted, in the order in which it was asked. */
  readonly purposes: SigningPurpose[] = [];
  /** Keys that are not as {@link settingsWith} has them. */
  readonly settings = new Map<Pubkey, ProposerSettings>();
  yields = 0;
  readonly #init: SigningGateInit;
  readonly #slotClock: SlotClock;

  constructor(slot: number, init: Partial<SigningGateInit> = {}) {
    this.#init = {config, distributed: false, ...init};
    this.clock = new FakeClock({nowMs: GENESIS_TIME_SEC * 1000 + slot * SLOT_DURATION_MS + 700});
    const timing = {genesisTimeSec: GENESIS_TIME_SEC, slotDurationMs: SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.#slotClock = new SlotClock(timing, {clock: this.clock});
  }

  get nowSec(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  /** The clock jumps, either way. */
  jumpToSlot(slot: number): void {
    this.clock.jump((slot - this.#slotClock.currentSlot()) * SLOT_DURATION_MS);
  }

  components(): SigningGateComponents {
    return {
      slotClock: this.#slotClock,
      protection: this.protection,
      signer: this.signer,
      refusalOf: (key, purpose) => {
        this.purposes.push(purpose);
        return this.refusals.get(key) ?? null;
      },
      proposerSettings: {settingsOf: (key) => this.settings.get(key) ?? settingsWith()},
      log: this.log,
      yieldToEventLoop: () => {
        this.yields++;
        return immediate();
      },
    };
  }

  /** As after a restart: nothing is remembered but what slashing protection knows. */
  newGate(over: Partial<SigningGateComponents> = {}): SigningGate {
    return new SigningGate(this.#init, {...this.components(), ...over});
  }
}
