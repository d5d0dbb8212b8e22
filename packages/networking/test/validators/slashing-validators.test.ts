import assert from "node:assert/strict";
import {DOMAIN_BEACON_ATTESTER, DOMAIN_BEACON_PROPOSER} from "@lodestar/params";
import type {electra, phase0} from "@lodestar/types";
import {computeSigningRoot, domainAtEpoch, ssz} from "@mote/consensus";
import {ThreadedVerifier} from "@mote/consensus/threaded-verifier";
import type {Epoch} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {aggregateSignatures} from "./aggregate-signatures.ts";
import {keyOf, SLOTS_PER_EPOCH} from "./fake-chain-view.ts";
import {CredulousVerifier, changeOf, FORKS, LightWorld, SLOTS} from "./light-world.ts";

for (const fork of FORKS) {
  const slot = SLOTS[fork];
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH) as Epoch;

  describe(`ProposerSlashingValidator, ${fork}`, () => {
    let world: LightWorld;
    beforeEach(() => {
      world = new LightWorld({slot});
      world.view.ours.add(5);
    });

    function header(of: {graffiti: number; slot?: bigint; proposerIndex?: number; signer?: number}) {
      const {graffiti, proposerIndex = 5, signer = proposerIndex} = of;
      const message = {
        ...ssz.phase0.BeaconBlockHeaderBigint.defaultValue(),
        slot: of.slot ?? BigInt(slot),
        proposerIndex,
      };
      message.bodyRoot = new Uint8Array(32).fill(graffiti);
      const domain = domainAtEpoch(world.config, DOMAIN_BEACON_PROPOSER, Number(message.slot / 8n) as Epoch);
      const signingRoot = computeSigningRoot(ssz.phase0.BeaconBlockHeaderBigint.hashTreeRoot(message), domain);
      return {message, signature: keyOf(signer).sign(signingRoot)};
    }
    const receive = (signedHeader1: ReturnType<typeof header>, signedHeader2: ReturnType<typeof header>) => {
      const type = ssz.phase0.ProposerSlashing;
      const value: phase0.ProposerSlashing = type.deserialize(type.serialize({signedHeader1, signedHeader2}));
      return world.receive("proposer_slashing", value, {slot});
    };
    const [one, other] = [{graffiti: 1}, {graffiti: 2}];

    it("tells of two blocks of ours for one slot, once, and lets none on", async () => {
      assert.equal(await receive(header(one), header(other)), "ignore unknown_status");
      assert.equal(await receive(header(one), header(other)), "ignore seen");
      const receivedMs = world.slotClock.startMs(slot) + 2_000;
      assert.deepEqual(world.events, [{kind: "slashing", validatorIndices: [5], receivedMs}]);
    });

    it("is as sure of slots that nobody will live to see", async () => {
      const far = {slot: 2n ** 64n - 2n};
      assert.equal(await receive(header({...one, ...far}), header({...other, ...far})), "ignore unknown_status");
    });

    const REFUSED: readonly (readonly [string, Parameters<typeof header>[0], Parameters<typeof header>[0], string])[] =
      [
        ["the same block twice", one, one, "reject not_slashable"],
        ["of two slots", one, {...other, slot: BigInt(slot + 1)}, "reject not_slashable"],
        ["of two proposers", one, {...other, proposerIndex: 6}, "reject not_slashable"],
        ["of somebody else", {...one, proposerIndex: 6}, {...other, proposerIndex: 6}, "ignore not_ours"],
        ["whose first one is badly signed", {...one, signer: 6}, other, "reject bad_signature"],
        ["whose second one is badly signed", one, {...other, signer: 6}, "reject bad_signature"],
      ];
    for (const [name, first, second, verdict] of REFUSED) {
      it(`does not tell of blocks ${name}: ${verdict}`, async () => {
        assert.equal(await receive(header(first), header(second)), verdict);
        assert.deepEqual(world.events, []);
        assert.equal(await receive(header(one), header(other)), "ignore unknown_status");
      });
    }

    it("hangs on its verifier for signatures", async () => {
      world = new LightWorld({slot, verifier: new CredulousVerifier()});
      world.view.ours.add(5);
      assert.equal(await receive(header({...one, signer: 6}), header(other)), "ignore unknown_status");
      assert.equal(world.events.length, 1);
    });
  });

  describe(`AttesterSlashingValidator, ${fork}`, () => {
    const verifier = new ThreadedVerifier({}, {log: new FakeLog()});
    after(() => verifier.close());
    let world: LightWorld;
    beforeEach(() => {
      world = new LightWorld({slot, verifier});
      world.view.ours.add(5).add(6);
    });

    interface Vote {
      readonly indices?: readonly number[];
      readonly signers?: readonly number[];
      readonly head?: number;
      readonly source?: number;
      readonly target?: number;
    }
    function indexed({indices = [4, 5, 6], signers = indices, head = 1, source = epoch - 1, target = epoch}: Vote) {
      const data = ssz.phase0.AttestationDataBigint.defaultValue();
      data.slot = BigInt(slot);
      data.beaconBlockRoot = new Uint8Array(32).fill(head);
      data.source.epoch = BigInt(source);
      data.target.epoch = BigInt(target);
      const domain = domainAtEpoch(world.config, DOMAIN_BEACON_ATTESTER, target as Epoch);
      const signingRoot = computeSigningRoot(ssz.phase0.AttestationDataBigint.hashTreeRoot(data), domain);
      const signature = aggregateSignatures(signers.map((index) => keyOf(index).sign(signingRoot)));
      return {attestingIndices: [...indices], data, signature};
    }
    /** Without the clock, which does not wait for a thread. */
    async function receive(one: Vote, other: Vote): Promise<string> {
      const type = ssz.electra.AttesterSlashing;
      const slashing = {attestation1: indexed(one), attestation2: indexed(other)};
      const value: electra.AttesterSlashing = type.deserialize(type.serialize(slashing));
      const before = world.counts("attester_slashing");
      await world.send("attester_slashing", value, {slot});
      return changeOf(before, world.counts("attester_slashing"));
    }

    it("tells of a double vote with ours in both, once, and lets none on", async () => {
      assert.equal(await receive({}, {head: 2, indices: [5, 7]}), "ignore unknown_status");
      assert.equal(await receive({}, {head: 3, indices: [5, 7]}), "ignore seen");
      const receivedMs = world.clock.nowMs();
      assert.deepEqual(world.events, [{kind: "slashing", validatorIndices: [5], receivedMs}]);
      assert.equal(await receive({}, {head: 3, indices: [4, 5, 6]}), "ignore unknown_status", "6 is new");
      assert.deepEqual(world.events[1], {kind: "slashing", validatorIndices: [4, 5, 6], receivedMs});
    });

    it("tells of a vote that surrounds another, the outer one first", async () => {
      const [inner, outer] = [{source: epoch - 1}, {source: 0, target: epoch + 1}];
      assert.equal(await receive(inner, outer), "reject not_slashable");
      assert.equal(await receive(outer, inner), "ignore unknown_status");
    });

    const REFUSED: readonly (readonly [name: string, one: Vote, other: Vote, verdict: string])[] = [
      ["that are the same", {}, {}, "reject not_slashable"],
      ["of two epochs", {}, {target: epoch + 1}, "reject not_slashable"],
      ["with none in both", {indices: [5]}, {indices: [6], head: 2}, "ignore not_ours"],
      ["with none of ours in both", {indices: [5, 8]}, {indices: [6, 8], head: 2}, "ignore not_ours"],
      ["of nobody", {indices: [], signers: [5]}, {head: 2}, "reject wrong_indices"],
      ["with indices out of order", {indices: [6, 5]}, {head: 2}, "reject wrong_indices"],
      ["with an index twice", {indices: [5, 5]}, {head: 2}, "reject wrong_indices"],
      ["with a stranger whose key is not known", {indices: [5, 70]}, {head: 2}, "ignore unknown_key"],
      ["whose first one is badly signed", {signers: [4, 5]}, {head: 2}, "reject bad_signature"],
      ["whose second one is badly signed", {}, {head: 2, signers: [4, 5, 7]}, "reject bad_signature"],
    ];
    for (const [name, one, other, verdict] of REFUSED) {
      it(`does not tell of votes ${name}: ${verdict}`, async () => {
        assert.equal(await receive(one, other), verdict);
        assert.deepEqual(world.events, []);
      });
    }

    it("hangs on its verifier for signatures", async () => {
      world = new LightWorld({slot, verifier: new CredulousVerifier()});
      world.view.ours.add(5);
      assert.equal(await receive({signers: [4]}, {head: 2}), "ignore unknown_status");
      assert.equal(world.events.length, 1);
    });
  });
}
