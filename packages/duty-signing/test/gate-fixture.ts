import {attestationSigningRoot, chainConfigFromSpec, createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import {
  type AttestationData,
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  type Pubkey,
  type Root,
  type Slot,
  SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {FakeClock, FakeSigner, MemorySlashingProtection} from "@mote/testing";
import {type KeyRefusal, SigningGate, type SigningGateComponents} from "../src/signing-gate.ts";

export const SLOTS_PER_EPOCH = 8;
const SLOT_DURATION_MS = 2000;
const GENESIS_TIME_SEC = 1_000_000;

export const root = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;
export const pubkey = (byte: number): Pubkey => `0x${byte.toString(16).padStart(2, "0").repeat(48)}` as Pubkey;

export const KEYS = [1, 2, 3, 4].map(pubkey);

export const config: NetworkConfig = createNetworkConfig(
  chainConfigFromSpec(
    Object.fromEntries(
      ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"].map((fork) => [`${fork}_FORK_EPOCH`, "0"]),
    ),
  ),
  root(0x77),
);

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
  /** Keys that may not sign duties, and why. */
  readonly refusals = new Map<Pubkey, KeyRefusal>();
  yields = 0;
  readonly #slotClock: SlotClock;

  constructor(slot: number) {
    this.clock = new FakeClock({nowMs: GENESIS_TIME_SEC * 1000 + slot * SLOT_DURATION_MS + 700});
    const timing = {genesisTimeSec: GENESIS_TIME_SEC, slotDurationMs: SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
    this.#slotClock = new SlotClock(timing, {clock: this.clock});
  }

  components(): SigningGateComponents {
    return {
      slotClock: this.#slotClock,
      protection: this.protection,
      signer: this.signer,
      refusalOf: (key) => this.refusals.get(key) ?? null,
      yieldToEventLoop: () => {
        this.yields++;
        return immediate();
      },
    };
  }

  /** As after a restart: nothing is remembered but what slashing protection knows. */
  newGate(over: Partial<SigningGateComponents> = {}): SigningGate {
    return new SigningGate({config}, {...this.components(), ...over});
  }
}
