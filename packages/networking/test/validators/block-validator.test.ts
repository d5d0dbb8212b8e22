import assert from "node:assert/strict";
import type {electra, fulu, gloas, SignedBeaconBlock} from "@lodestar/types";
import {
  attestationDataFromSsz,
  attestationSigningRoot,
  blockRoot,
  blockRootSigningRoot,
  electraTypesAt,
  ssz,
} from "@mote/consensus";
import {hexToBytes, type Root, rootToHex, type SignatureVerifier, type Slot} from "@mote/core";
import {keyOf, SLOTS_PER_EPOCH} from "./fake-chain-view.ts";
import {CredulousVerifier, FORKS, GENESIS_SEC, LightWorld, root, SLOTS} from "./light-world.ts";

const PARENT = root("aa");

interface Changes {
  readonly slot?: number;
  readonly proposerIndex?: number;
  readonly parentRoot?: Root;
  /** Tells blocks of one slot apart. */
  readonly graffiti?: number;
  readonly signer?: number;
  readonly spoil?: (body: electra.BeaconBlockBody & gloas.BeaconBlockBody) => void;
}

function signedBlock(world: LightWorld, at: number, changes: Changes = {}): {block: SignedBeaconBlock; root: Root} {
  const {slot = at, proposerIndex = slot % 64, parentRoot = PARENT, graffiti = 0, signer, spoil} = changes;
  const types = electraTypesAt(world.config, at as Slot);
  const message = types.BeaconBlock.defaultValue() as electra.BeaconBlock;
  Object.assign(message, {slot, proposerIndex, parentRoot: hexToBytes(parentRoot)});
  const body = message.body as electra.BeaconBlockBody & gloas.BeaconBlockBody;
  body.graffiti = new Uint8Array(32).fill(graffiti);
  if ("executionPayload" in body) body.executionPayload.timestamp = GENESIS_SEC + slot * 6;
  else (body as gloas.BeaconBlockBody).signedExecutionPayloadBid.message.parentBlockRoot = hexToBytes(parentRoot);
  spoil?.(body);
  const rootBytes = blockRoot(world.config, message);
  const signingRoot = blockRootSigningRoot(world.config, slot as Slot, rootBytes);
  const signature = keyOf(signer ?? proposerIndex).sign(signingRoot);
  const signed = types.SignedBeaconBlock as unknown as typeof ssz.fulu.SignedBeaconBlock;
  const block = signed.deserialize(signed.serialize({message, signature} as fulu.SignedBeaconBlock));
  return {block, root: rootToHex(rootBytes)};
}

describe("BlockValidator", () => {
  for (const fork of FORKS) {
    const slot = SLOTS[fork];
    const proposer = slot % 64;

    describe(fork, () => {
      let world: LightWorld;
      beforeEach(() => {
        world = newWorld();
      });

      function newWorld(verifier?: SignatureVerifier): LightWorld {
        const made = new LightWorld({slot, ...(verifier === undefined ? {} : {verifier})});
        made.view.blocks.add(PARENT);
        return made;
      }

      const receive = (changes: Changes = {}) =>
        world.receive("beacon_block", signedBlock(world, slot, changes).block, {slot});
      const toldOf = () =>
        world.events.map((event) => (event.kind === "block" ? [event.blockRoot, event.isSignatureVerified] : []));

      it("lets a good block on, and tells of it once", async () => {
        const spoil = (body: electra.BeaconBlockBody) => {
          const vote = ssz.electra.Attestation.defaultValue();
          vote.data.slot = slot - 1;
          body.attestations = [vote];
        };
        assert.equal(await receive({spoil}), "accept");
        assert.equal(await receive({spoil}), "ignore seen");
        const [event, ...others] = world.events;
        assert.deepEqual(others, []);
        assert.ok(event?.kind === "block");
        assert.deepEqual(
          [event.slot, event.proposerIndex, event.parentRoot, event.isSignatureVerified],
          [slot, proposer, PARENT, true],
        );
        assert.equal(event.blockRoot, signedBlock(world, slot, {spoil}).root);
        assert.deepEqual(
          event.attestations.map(({data}) => data.slot),
          [slot - 1],
        );
      });

      it("knows the parent that it saw itself", async () => {
        const parent = signedBlock(world, slot - 1);
        assert.equal(await world.receive("beacon_block", parent.block, {slot}), "accept");
        world.view.blocks.clear();
        assert.equal(await receive({parentRoot: parent.root}), "accept");
      });

      const REFUSED: readonly (readonly [name: string, changes: Changes, verdict: string])[] = [
        ["of the next slot", {slot: slot + 1}, "ignore future_slot"],
        ["by the proposer of another slot", {proposerIndex: proposer + 1}, "reject not_the_proposer"],
        ["with another's signature", {signer: proposer + 1}, "reject bad_signature"],
        [
          "with too many blobs",
          {
            spoil: (body) => {
              const blobs = Array.from({length: 200}, () => new Uint8Array(48));
              if ("executionPayload" in body) body.blobKzgCommitments = blobs;
              else (body as gloas.BeaconBlockBody).signedExecutionPayloadBid.message.blobKzgCommitments = blobs;
            },
          },
          "reject too_many_blobs",
        ],
      ];
      for (const [name, changes, verdict] of REFUSED) {
        it(`does not let a block ${name} on: ${verdict}`, async () => {
          assert.equal(await receive(changes), verdict);
          assert.deepEqual(world.events, []);
        });
      }

      it("ignores blocks up to the finalized slot", async () => {
        const finalizedSlot = slot - (slot % SLOTS_PER_EPOCH);
        world.view.finalized = finalizedSlot / SLOTS_PER_EPOCH;
        assert.equal(await receive({slot: finalizedSlot}), "ignore finalized_slot");
        assert.equal(await receive({slot: finalizedSlot + 1}), "accept");
      });

      it("tells of a block whose parent it has not seen, and lets it not on", async () => {
        assert.equal(await receive({parentRoot: root("dd")}), "ignore unknown_block");
        assert.deepEqual(toldOf(), [[signedBlock(world, slot, {parentRoot: root("dd")}).root, true]]);
      });

      it("refuses a block that does not come after its parent", async () => {
        const parent = signedBlock(world, slot);
        assert.equal(await world.receive("beacon_block", parent.block, {slot}), "accept");
        assert.equal(await receive({parentRoot: parent.root, graffiti: 1}), "reject not_after_parent");
      });

      it("takes a second block of one proposer as evidence, lets it not on, and needs no third", async () => {
        assert.equal(await receive(), "accept");
        assert.equal(await receive({graffiti: 1, signer: proposer + 1}), "reject bad_signature");
        assert.equal(await receive({graffiti: 1}), "ignore another_of_one");
        assert.equal(await receive({graffiti: 2}), "ignore seen");
        const roots = [0, 1].map((graffiti) => signedBlock(world, slot, {graffiti}).root);
        assert.deepEqual(
          toldOf(),
          roots.map((one) => [one, true]),
        );
      });

      it("tells of a block that it cannot prove as such, a few times a slot", async () => {
        world.view.unknownKeys.add(proposer);
        for (let graffiti = 0; graffiti < 8; graffiti++) {
          assert.equal(await receive({graffiti, signer: proposer + 1}), "ignore unknown_key");
        }
        assert.equal(await receive({graffiti: 7, signer: proposer + 1}), "ignore too_many_unproven");
        assert.equal(await receive({graffiti: 8}), "ignore too_many_unproven");
        assert.equal(toldOf().length, 8);
        assert.ok(toldOf().every(([, isProven]) => isProven === false));
        // Whatever comes unproven, the good one finds its way when its key is known.
        world.view.unknownKeys.clear();
        assert.equal(await receive({graffiti: 9}), "accept");
      });

      it("proves nothing by the signature of one who may not propose", async () => {
        assert.equal(await receive({proposerIndex: proposer + 1, parentRoot: root("dd")}), "ignore not_the_proposer");
        world.view.knowsProposers = false;
        assert.equal(await receive(), "ignore unknown_proposer");
        assert.deepEqual(
          toldOf().map(([, isProven]) => isProven),
          [false, false],
        );
      });

      it("is not led to take a child of an unproven block", async () => {
        world.view.unknownKeys.add((slot - 1) % 64);
        const parent = signedBlock(world, slot - 1);
        assert.equal(await world.receive("beacon_block", parent.block, {slot}), "ignore unknown_key");
        assert.equal(await receive({parentRoot: parent.root}), "ignore unknown_block");
      });

      it("tells of a block that is signed with a key of ours, whoever may propose", async () => {
        world.view.ours.add(proposer + 1);
        assert.equal(await receive({proposerIndex: proposer + 1}), "reject not_the_proposer");
        assert.deepEqual(
          toldOf().map(([, isProven]) => isProven),
          [true],
        );
      });

      it("ignores a block while finality is not known, one of long ago, and one under another fork's topic", async () => {
        world.view.finalized = null;
        assert.equal(await receive(), "ignore unknown_finality");
        assert.equal(world.events.length, 1);
        const {block} = signedBlock(world, slot, {graffiti: 1});
        const otherSlot = fork === "fulu" ? SLOTS.gloas : SLOTS.fulu;
        assert.equal(await world.receive("beacon_block", block, {slot: otherSlot}), "ignore other_fork");
        world.goTo(slot + 128, 0);
        assert.equal(await receive({graffiti: 1}), "ignore old_slot");
      });

      it("hangs on its verifier for signatures", async () => {
        world = newWorld(new CredulousVerifier());
        assert.equal(await receive({signer: proposer + 1}), "accept");
      });
    });
  }

  it("holds the payload's time against the slot", async () => {
    const world = new LightWorld({slot: SLOTS.fulu});
    const {block} = signedBlock(world, SLOTS.fulu, {
      spoil: (body) => {
        body.executionPayload.timestamp++;
      },
    });
    assert.equal(await world.receive("beacon_block", block, {slot: SLOTS.fulu}), "reject wrong_timestamp");
  });

  it("holds Gloas' lists against their limits, and the bid against the block", async () => {
    const SPOILT: readonly (readonly [verdict: string, spoil: (body: gloas.BeaconBlockBody) => void])[] = [
      ["too_many_operations", (body) => body.deposits.push(ssz.phase0.Deposit.defaultValue())],
      ["too_many_operations", (body) => fill(body.attestations, 9, ssz.gloas.Attestation.defaultValue())],
      ["too_many_operations", (body) => fill(body.attesterSlashings, 2, ssz.gloas.AttesterSlashing.defaultValue())],
      ["too_many_operations", (body) => fill(body.proposerSlashings, 17, ssz.phase0.ProposerSlashing.defaultValue())],
      ["too_many_operations", (body) => fill(body.voluntaryExits, 17, ssz.phase0.SignedVoluntaryExit.defaultValue())],
      ["too_many_operations", (body) => fill(body.payloadAttestations, 5, ssz.gloas.PayloadAttestation.defaultValue())],
      [
        "too_many_operations",
        ({parentExecutionRequests}) =>
          fill(parentExecutionRequests.consolidations, 3, ssz.electra.ConsolidationRequest.defaultValue()),
      ],
      [
        "wrong_bid",
        (body) => {
          body.signedExecutionPayloadBid.message.parentBlockRoot = new Uint8Array(32);
        },
      ],
    ];
    for (const [verdict, spoil] of SPOILT) {
      const world = new LightWorld({slot: SLOTS.gloas});
      const {block} = signedBlock(world, SLOTS.gloas, {spoil});
      assert.equal(await world.receive("beacon_block", block, {slot: SLOTS.gloas}), `reject ${verdict}`);
    }
  });

  it("tells votes for a payload of their own slot from those for an older one", async () => {
    const slot = SLOTS.gloas;
    const world = new LightWorld({slot});
    world.view.blocks.add(PARENT);
    const {block, root: blockRootHex} = signedBlock(world, slot);
    await world.receive("beacon_block", block, {slot});
    const place = slot % SLOTS_PER_EPOCH;
    const data = ssz.phase0.AttestationData.defaultValue();
    Object.assign(data, {slot, index: 1, beaconBlockRoot: hexToBytes(blockRootHex)});
    data.target = {epoch: Math.floor(slot / SLOTS_PER_EPOCH), root: hexToBytes(PARENT)};
    const attesterIndex = place * 8;
    const signature = keyOf(attesterIndex).sign(attestationSigningRoot(world.config, attestationDataFromSsz(data)));
    const vote = {committeeIndex: 0, attesterIndex, data, signature};
    const arrival = {slot, subnetId: place * 2};
    assert.equal(await world.receive("beacon_attestation", vote, arrival), "reject payload_of_own_slot");
  });
});

function fill<Item>(list: Item[], count: number, item: Item): void {
  for (let n = 0; n < count; n++) list.push(item);
}
