import {aggregateSignatures, Signature} from "@chainsafe/blst";
import {
  DOMAIN_AGGREGATE_AND_PROOF,
  DOMAIN_BEACON_ATTESTER,
  DOMAIN_SELECTION_PROOF,
  ForkSeq,
  SLOTS_PER_EPOCH,
} from "@lodestar/params";
import {computeEpochAtSlot, computeSigningRoot, isAggregatorFromCommitteeLength} from "@lodestar/state-transition";
import {type electra, type phase0, ssz} from "@lodestar/types";
import {
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import type {BlockRequest, ChainEvent, DevnetFork, SubmitOutcome, UnsignedBlock} from "../../src/chain/types.ts";
import {DevnetChain, type DevnetChainInit} from "../../src/chain.ts";
import {type InteropKeys, interopKeys} from "../../src/interop-keys.ts";
import {TestValidators} from "../support/test-validators.ts";

export const GENESIS_TIME_SEC = 1_700_000_000;

let keysOnce: InteropKeys | undefined;
/** Key pairs cost time to derive, and most tests live through the same first epochs: they share keys, and what was signed once. */
export function testKeys(count = 64): InteropKeys {
  if (keysOnce === undefined || keysOnce.length < count) {
    keysOnce = interopKeys(count);
    for (const {secretKey} of keysOnce) rememberSignatures(secretKey);
  }
  return keysOnce.slice(0, count);
}

function rememberSignatures(secretKey: InteropKeys[number]["secretKey"]): void {
  const sign = secretKey.sign.bind(secretKey);
  const signatures = new Map<string, Signature>();
  secretKey.sign = (root) => {
    const key = Buffer.from(root).toString("latin1");
    const signature = signatures.get(key) ?? sign(root);
    signatures.set(key, signature);
    return signature;
  };
}

export function testChain(
  fork: DevnetFork = "fulu",
  validators = 64,
  init: Partial<DevnetChainInit> = {},
): DevnetChain {
  return DevnetChain.create(
    {validators, genesisTimeSec: GENESIS_TIME_SEC, fork, secondsPerSlot: 2, ...init},
    {keys: testKeys(validators)},
  );
}

/** A changed copy. A spread would take along the root that SSZ keeps in the value once it was hashed. */
export function changed(data: phase0.AttestationData, change: Partial<phase0.AttestationData>): phase0.AttestationData {
  const {slot, index, beaconBlockRoot, source, target} = data;
  return {slot, index, beaconBlockRoot, source, target, ...change};
}

/** Signs as a validator client would, with @lodestar/state-transition's own signing roots. */
export class TestVoters {
  readonly chain: DevnetChain;
  readonly keys: InteropKeys;

  constructor(chain: DevnetChain) {
    this.chain = chain;
    this.keys = testKeys(chain.pubkeys.length);
  }

  duties(slot: Slot): AttesterDuty[] {
    const all = this.chain.pubkeys.map((_, index) => index as ValidatorIndex);
    const duties = this.chain.attesterDuties(computeEpochAtSlot(slot) as Epoch, all) ?? [];
    return duties.filter((duty) => duty.slot === slot);
  }

  data(slot: Slot, headRoot?: Root): phase0.AttestationData {
    const data = this.chain.attestationData(slot, headRoot);
    if (data === null) throw new Error(`no attestation data for slot ${slot}`);
    return data;
  }

  single(duty: AttesterDuty, data: phase0.AttestationData): electra.SingleAttestation {
    return {
      committeeIndex: duty.committeeIndex,
      attesterIndex: duty.validatorIndex,
      data,
      signature: this.#sign(duty.validatorIndex, this.#dataRoot(data)).toBytes(),
    };
  }

  singles(slot: Slot, data = this.data(slot)): electra.SingleAttestation[] {
    return this.duties(slot).map((duty) => this.single(duty, data));
  }

  /** Null when the validator is not selected. */
  aggregateOf(duty: AttesterDuty, data: phase0.AttestationData): electra.SignedAggregateAndProof | null {
    const {config} = this.chain;
    const {slot, validatorIndex, committeeIndex} = duty;
    const proofDomain = config.getDomain(slot, DOMAIN_SELECTION_PROOF);
    const selectionProof = this.#sign(validatorIndex, computeSigningRoot(ssz.Slot, slot, proofDomain)).toBytes();
    if (!isAggregatorFromCommitteeLength(duty.committeeLength, selectionProof)) return null;
    const dataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data));
    const aggregate = this.chain.aggregate(dataRoot, slot, committeeIndex as CommitteeIndex);
    if (aggregate === null) return null;
    const message = {aggregatorIndex: validatorIndex, aggregate, selectionProof};
    return {message, signature: this.#sign(validatorIndex, this.#aggregateRoot(message)).toBytes()};
  }

  aggregates(slot: Slot, data = this.data(slot)): electra.SignedAggregateAndProof[] {
    return this.duties(slot).flatMap((duty) => this.aggregateOf(duty, data) ?? []);
  }

  /** One aggregate a committee: what the chain needs, at a quarter of the price. */
  firstAggregates(slot: Slot, data = this.data(slot)): electra.SignedAggregateAndProof[] {
    const firsts = this.duties(slot).filter((duty) => duty.validatorCommitteeIndex === 0);
    return firsts.flatMap((duty) => this.aggregateOf(duty, data) ?? []);
  }

  /** Signs a changed message anew, so that only the change is wrong with it. */
  resign(message: electra.AggregateAndProof): electra.SignedAggregateAndProof {
    return {message, signature: this.#sign(message.aggregatorIndex, this.#aggregateRoot(message)).toBytes()};
  }

  /** A committee's votes for data of any kind, taken together. */
  aggregateSignature(indices: readonly number[], data: phase0.AttestationData): Uint8Array {
    const signatures = indices.map((index) => Signature.fromBytes(this.#sign(index, this.#dataRoot(data)).toBytes()));
    return aggregateSignatures(signatures).toBytes();
  }

  #dataRoot(data: phase0.AttestationData): Uint8Array {
    const domain = this.chain.config.getDomain(data.slot, DOMAIN_BEACON_ATTESTER, data.target.epoch * SLOTS_PER_EPOCH);
    return computeSigningRoot(ssz.phase0.AttestationData, data, domain);
  }

  #aggregateRoot(message: electra.AggregateAndProof): Uint8Array {
    const {slot} = message.aggregate.data;
    const isGloas = this.chain.config.getForkSeq(slot) >= ForkSeq.gloas;
    const domain = this.chain.config.getDomain(slot, DOMAIN_AGGREGATE_AND_PROOF);
    return isGloas
      ? computeSigningRoot(ssz.gloas.AggregateAndProof, message, domain)
      : computeSigningRoot(ssz.electra.AggregateAndProof, message, domain);
  }

  #sign(index: number, root: Uint8Array): Signature {
    const key = this.keys[index];
    if (key === undefined) throw new Error(`no key ${index}`);
    return key.secretKey.sign(root);
  }
}

export interface RunOptions {
  readonly skip?: readonly number[];
  readonly withAggregates?: boolean;
  /** Slots whose payload nobody shows. */
  readonly withhold?: readonly number[];
  /** Asked for with every block. */
  readonly request?: Partial<BlockRequest>;
}

/** Plays whole slots by hand, all validators doing all their duties in the order of a slot. */
export class SlotPlayer {
  readonly chain: DevnetChain;
  readonly voters: TestVoters;
  readonly validators: TestValidators;
  readonly events: ChainEvent[] = [];

  constructor(chain: DevnetChain) {
    this.chain = chain;
    this.voters = new TestVoters(chain);
    this.validators = new TestValidators(chain, this.voters.keys);
    chain.subscribe((event) => this.events.push(event));
  }

  /** Begins the slot with its block, and its payload when it comes apart. */
  open(slot: Slot, options: RunOptions = {}): void {
    this.chain.onSlot(slot);
    this.chain.onSlotClosed((slot - 1) as Slot);
    if (slot > 0 && !(options.skip ?? []).includes(slot)) this.propose(slot, options);
  }

  /** Makes, signs and sends the slot's block and its payload. */
  propose(slot: Slot, {withhold = [], request = {}}: RunOptions = {}): UnsignedBlock {
    const {chain, validators} = this;
    const produced = validators.produce(slot, request);
    const {block, blinded, envelope} = produced;
    expectTaken([
      blinded === null
        ? chain.submitBlock(validators.block(block))
        : chain.submitBlindedBlock(validators.blindedBlock(blinded)),
    ]);
    if (envelope !== null && !withhold.includes(slot)) {
      expectTaken([chain.submitEnvelope(validators.envelope(envelope, block.proposerIndex))]);
    }
    if (!withhold.includes(slot)) chain.revealBuiltPayload(slot);
    return produced;
  }

  /** All votes of the slot and their aggregates, and what the committees sign; throws when one is refused. */
  vote(slot: Slot, {withAggregates = true}: RunOptions = {}): void {
    const {chain, voters, validators} = this;
    const data = voters.data(slot);
    expectTaken(chain.onSingleAttestations(voters.singles(slot, data)));
    expectTaken(chain.onSyncCommitteeMessages(validators.syncMessages(slot)));
    if (withAggregates) {
      expectTaken(chain.onAggregates(voters.firstAggregates(slot, data)));
      expectTaken(chain.onContributions(validators.contributions(slot)));
    }
    expectTaken(chain.onPayloadAttestations(validators.payloadAttestations(slot)));
  }

  /** From the slot after the current one up to and with `last`. */
  playTo(last: number, options: RunOptions = {}): void {
    for (let slot = this.chain.currentSlot + 1; slot <= last; slot++) {
      this.open(slot as Slot, options);
      this.vote(slot as Slot, options);
    }
  }
}

export function expectTaken(outcomes: readonly SubmitOutcome[]): void {
  for (const outcome of outcomes) if (outcome.kind === "refused") throw new Error(outcome.reason);
}
