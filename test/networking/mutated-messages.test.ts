import assert from "node:assert/strict";
import {DOMAIN_BEACON_ATTESTER} from "@lodestar/params";
import {type electra, type phase0, ssz} from "@lodestar/types";
import {
  attestationDataFromSsz,
  attestationSigningRoot,
  blockRootSigningRoot,
  computeSigningRoot,
  domainAtEpoch,
  payloadAttestationSigningRoot,
  syncCommitteeMessageSigningRoot,
} from "@mote/consensus";
import {
  type Epoch,
  type NetworkEvent,
  type Root,
  rootToHex,
  type Slot,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {NetworkDoppelgangerWatch, SlashingStop} from "@mote/duties";
import type {GossipKind} from "@mote/networking";
import {FakeLog} from "@mote/testing";
import fc from "fast-check";
import {signedBlockOf} from "../../packages/devnet/src/chain/signed-block.ts";
import {messageTypeOf} from "../../packages/networking/src/gossip/message-types.ts";
import {LightNode} from "./support/light-node.ts";

const GLOAS_EPOCH = 5;
const VALIDATORS = 16;
const SLOTS_PER_EPOCH = 8;
const RUNS = 150;
const SECOND_LOOK_MS = 1_100;
/** What a light node can pass on. Of the others it can tell only what they prove about its own validators. */
const TRAVELLING: ReadonlySet<GossipKind> = new Set([
  "beacon_block",
  "beacon_attestation",
  "sync_committee",
  "light_client_finality_update",
  "light_client_optimistic_update",
]);

interface Sample {
  readonly kind: GossipKind;
  readonly topicName: string;
  readonly ssz: Uint8Array;
}

describe("real messages of every kind that a light node judges", function () {
  this.timeout(60_000);
  let node: LightNode;

  before(() => {
    node = new LightNode({gloasEpoch: GLOAS_EPOCH, validators: VALIDATORS});
  });
  after(() => node.client.stop());

  for (const [fork, fromSlot] of [
    ["fulu", 4 * SLOTS_PER_EPOCH],
    ["gloas", (GLOAS_EPOCH + 2) * SLOTS_PER_EPOCH],
  ] as const) {
    describe(`on ${fork}`, () => {
      let samples: readonly Sample[];
      /** The middle of their slot. */
      let nowMs: number;

      before(async () => {
        for (;;) {
          const announcements = await node.playSlot();
          const isFinality = announcements.some(({kind}) => kind === "light_client_finality_update");
          if (node.chain.currentSlot <= fromSlot || !isFinality) {
            await node.tellClient(announcements);
            continue;
          }
          samples = collect(node, announcements);
          nowMs = node.clock.nowMs();
          return;
        }
      });
      beforeEach(() => node.clock.jump(nowMs - node.clock.nowMs()));

      it("are not taken when a byte of them is another, nor do they say anything then that would stop us", async () => {
        assert.equal(samples.length, fork === "gloas" ? 8 : 7);
        const safety = new Safety(node, samples);
        const change = fc.tuple(fc.nat(), fc.integer({min: 1, max: 255}));
        const mutation = fc.record({
          changes: fc.array(change, {minLength: 1, maxLength: 3}),
          where: fc.constantFrom("ssz" as const, "wire" as const),
          cut: fc.oneof({arbitrary: fc.constant(null), weight: 5}, {arbitrary: fc.nat(), weight: 1}),
        });
        for (const sample of samples) {
          await fc.assert(
            fc.asyncProperty(mutation, async ({changes, where, cut}) => {
              const {kind, topicName} = sample;
              const wire = node.transform.outboundTransform(topicName, sample.ssz);
              const mutated = mutate(where === "ssz" ? sample.ssz : wire, changes, cut);
              const bytes = where === "ssz" ? compress(node, topicName, mutated) : mutated;
              if (bytes === null || isSameMeaning(node, sample, bytes)) return;
              const {events, receive} = node.room();
              assert.notEqual(await receive(topicName, bytes), "accept", kind);
              safety.hear(events);
            }),
            {numRuns: RUNS},
          );
        }
        await safety.settle();
        assert.deepEqual(safety.stops, []);
        assert.deepEqual(
          node.log.lines.filter((line) => /^(warn|error)/.test(line)),
          [],
        );
      });

      it("are no evidence with another slot than they were signed for, though the signature holds", async () => {
        const [block, old] = (["beacon_block", "sync_committee"] as const).map(
          (wanted) => samples.find(({kind}) => kind === wanted) as Sample,
        ) as [Sample, Sample];
        const {events, receive} = node.room();
        await receive(block.topicName, node.transform.outboundTransform(block.topicName, block.ssz));
        const slot = (node.chain.currentSlot + 1) as Slot;
        node.clock.jump(node.slotClock.startMs(slot) - node.clock.nowMs());
        const message = ssz.altair.SyncCommitteeMessage.deserialize(old.ssz);
        const rewritten = ssz.altair.SyncCommitteeMessage.serialize({...message, slot});
        const verdict = await receive(old.topicName, node.transform.outboundTransform(old.topicName, rewritten));
        assert.equal(verdict, "accept", "as the spec has it");
        assert.ok(events.some((one) => one.kind === "sync_message" && one.slot === slot));
        const safety = new Safety(node, samples);
        safety.hear(events);
        await safety.settle();
        assert.deepEqual(safety.stops, []);
      });

      it("are taken, or told, when they are whole", async () => {
        const told = new Set<string>();
        for (const {kind, topicName, ssz: bytes} of samples) {
          const {events, receive} = node.room();
          const verdict = await receive(topicName, node.transform.outboundTransform(topicName, bytes));
          assert.equal(verdict, TRAVELLING.has(kind) ? "accept" : "ignore", kind);
          for (const event of events) told.add(event.kind);
          if (!events.some((one) => one.kind === "slashing")) continue;
          const safety = new Safety(node, samples);
          safety.hear(events);
          assert.deepEqual(safety.stops, ["slashing"]);
        }
        const expected = ["attestation", "block", "slashing", "sync_message"];
        assert.deepEqual([...told].sort(), fork === "gloas" ? [...expected, "payload_attestation"].sort() : expected);
      });

      it("are evidence of a second signer, when nothing of them was signed here", async () => {
        const {events, receive} = node.room();
        for (const {kind, topicName, ssz: bytes} of samples)
          if (!kind.includes("slashing")) await receive(topicName, node.transform.outboundTransform(topicName, bytes));
        const blocks = events.filter(({kind}) => kind === "block");
        const safeties = events.map((one) => {
          const safety = new Safety(node, []);
          safety.hear([...blocks.filter(() => one.kind === "sync_message"), one]);
          return safety;
        });
        await safeties[0]?.settle();
        assert.equal(safeties.length, fork === "gloas" ? 4 : 3);
        for (const [i, {stops}] of safeties.entries()) assert.deepEqual(stops, ["doppelganger"], events[i]?.kind);
      });
    });
  }
});

/** What validators sent in this slot, and what a slasher could have made of it. */
function collect(node: LightNode, announcements: Awaited<ReturnType<LightNode["playSlot"]>>): Sample[] {
  const {chain, player, config} = node;
  const slot = chain.currentSlot;
  const fork = config.getForkName(slot);
  const samples: Sample[] = [];
  const add = (kind: GossipKind, value: unknown, subnetId: number | null = null) =>
    samples.push({
      kind,
      topicName: node.topicName(kind, subnetId),
      ssz: (messageTypeOf(kind, fork) as {serialize(value: unknown): Uint8Array}).serialize(value),
    });
  const block = chain.block(chain.head.root);
  assert.ok(block !== null);
  add("beacon_block", signedBlockOf(chain.config, block));
  const [vote] = player.voters.singles(slot);
  assert.ok(vote !== undefined);
  const {epochCtx} = chain.head.state;
  add("beacon_attestation", vote, epochCtx.computeSubnetForSlot(slot, vote.committeeIndex));
  const subnetId = 0;
  const member = player.validators.subcommittee(slot, subnetId)[0] ?? 0;
  add("sync_committee", player.validators.syncMessage(slot, member, chain.head.root), subnetId);
  const [ptc] = player.validators.payloadAttestations(slot);
  if (ptc !== undefined) add("payload_attestation_message", ptc);
  add("proposer_slashing", player.validators.proposerSlashing(3, slot));
  add("attester_slashing", attesterSlashing(node, vote.data));
  for (const {kind, update} of announcements) add(kind, update);
  return samples;
}

/** Two validators, two votes each for one target. */
function attesterSlashing({player, config}: LightNode, data: phase0.AttestationData): electra.AttesterSlashing {
  const attestingIndices = [2, 5];
  const signed = (blockByte: number): electra.AttesterSlashing["attestation1"] => {
    const wire = ssz.phase0.AttestationData.serialize({...plain(data), beaconBlockRoot: Buffer.alloc(32, blockByte)});
    const changed = ssz.phase0.AttestationData.deserialize(wire);
    const domain = domainAtEpoch(config, DOMAIN_BEACON_ATTESTER, data.target.epoch as Epoch);
    assert.equal(
      computeSigningRoot(ssz.phase0.AttestationData.hashTreeRoot(changed), domain),
      attestationSigningRoot(config, attestationDataFromSsz(changed)),
    );
    return {
      attestingIndices,
      data: ssz.phase0.AttestationDataBigint.deserialize(wire),
      signature: player.voters.aggregateSignature(attestingIndices, changed),
    };
  };
  return {attestation1: signed(1), attestation2: signed(2)};
}

/** Without the root that SSZ keeps in a value that was hashed. */
const plain = ({slot, index, beaconBlockRoot, source, target}: phase0.AttestationData): phase0.AttestationData => ({
  slot,
  index,
  beaconBlockRoot,
  source,
  target,
});

function mutate(
  bytes: Uint8Array,
  changes: readonly (readonly [at: number, xor: number])[],
  cut: number | null,
): Uint8Array {
  const mutated = Uint8Array.from(bytes.subarray(0, cut === null ? bytes.length : cut % (bytes.length + 1)));
  for (const [at, xor] of changes) {
    const place = at % Math.max(mutated.length, 1);
    if (mutated.length > 0) mutated[place] = (mutated[place] ?? 0) ^ xor;
  }
  return mutated;
}

/** Null for a size that no sound encoder would send. */
function compress(node: LightNode, topicName: string, bytes: Uint8Array): Uint8Array | null {
  try {
    return node.transform.outboundTransform(topicName, bytes);
  } catch {
    return null;
  }
}

function isSameMeaning(node: LightNode, {topicName, ssz: original}: Sample, wire: Uint8Array): boolean {
  const data = node.transform.inboundTransform(topicName, wire);
  return !node.transform.isDamaged(data) && Buffer.from(original).equals(data);
}

/** All that may stop the process for what the network shows, for a node that has signed the samples itself. */
class Safety {
  readonly stops: string[] = [];
  readonly #watch: NetworkDoppelgangerWatch;
  readonly #slashing: SlashingStop;
  readonly #node: LightNode;

  constructor(node: LightNode, samples: readonly Sample[]) {
    this.#node = node;
    const log = new FakeLog();
    const signed = new Map<string, Root>();
    for (const sample of samples) note(node, sample, signed);
    const roots = new Set(signed.values());
    const infos = node.chain.pubkeys.map(
      (pubkey, index): ValidatorInfo => ({
        pubkey,
        index: index as ValidatorIndex,
        status: "active_ongoing",
        slashed: false,
        activationEpoch: 0 as Epoch,
        exitEpoch: Number.MAX_SAFE_INTEGER as Epoch,
      }),
    );
    const registry = {
      validatorAt: (index: ValidatorIndex) => infos[index] ?? null,
      withDuties: () => infos,
      onSlashed: () => () => {},
    };
    this.#watch = new NetworkDoppelgangerWatch(
      {config: node.config, isStoreShared: false, onDoppelganger: () => this.stops.push("doppelganger")},
      {
        registry,
        protection: {
          explains: async (_pubkey, {signingRoot}) =>
            signingRoot !== undefined && roots.has(signingRoot) ? "same" : "none",
          newest: async () => null,
        },
        signed: {
          of: (kind, slot, index) => {
            const signingRoot = signed.get(`${kind}/${slot}/${index}`);
            return signingRoot === undefined ? null : {signingRoot, begunMs: 0};
          },
        },
        chain: {witnessThreshold: 1, witnesses: () => []},
        isRecordedElsewhere: () => false,
        slotClock: node.slotClock,
        log,
      },
    );
    this.#watch.onSlot(0 as Slot);
    this.#slashing = new SlashingStop(
      {beaconNodeThreshold: 1, onSlashed: () => this.stops.push("slashing")},
      {registry, log},
    );
  }

  hear(events: readonly NetworkEvent[]): void {
    for (const event of events) {
      this.#watch.onNetworkEvent(event);
      this.#slashing.onNetworkEvent(event);
    }
  }

  /** The watch looks twice. */
  async settle(): Promise<void> {
    await this.#node.clock.advance(SECOND_LOOK_MS);
  }
}

/** The process has signed this. */
function note({config}: LightNode, {kind, ssz: bytes}: Sample, signed: Map<string, Root>): void {
  if (kind === "beacon_attestation") {
    const {attesterIndex, data} = ssz.electra.SingleAttestation.deserialize(bytes);
    const root = attestationSigningRoot(config, attestationDataFromSsz(data));
    signed.set(`attestation/${data.slot}/${attesterIndex}`, root);
  } else if (kind === "sync_committee") {
    const {slot, validatorIndex, beaconBlockRoot} = ssz.altair.SyncCommitteeMessage.deserialize(bytes);
    const root = syncCommitteeMessageSigningRoot(config, slot as Slot, rootToHex(beaconBlockRoot));
    signed.set(`sync_message/${slot}/${validatorIndex}`, root);
  } else if (kind === "payload_attestation_message") {
    const {validatorIndex, data} = ssz.gloas.PayloadAttestationMessage.deserialize(bytes);
    signed.set(`payload_attestation/${data.slot}/${validatorIndex}`, payloadAttestationSigningRoot(config, data));
  } else if (kind === "beacon_block") {
    const {slot, proposerIndex, root} = blockOf(config, bytes);
    signed.set(`proposal/${slot}/${proposerIndex}`, blockRootSigningRoot(config, slot, root));
  }
}

function blockOf(config: LightNode["config"], bytes: Uint8Array) {
  // The slot of a signed block stands behind an offset and a signature.
  const slot = Number(Buffer.from(bytes).readBigUInt64LE(4 + 96)) as Slot;
  const types = config.getForkTypes(slot);
  const {message} = types.SignedBeaconBlock.deserialize(bytes);
  return {slot, proposerIndex: message.proposerIndex, root: types.BeaconBlock.hashTreeRoot(message as never)};
}
