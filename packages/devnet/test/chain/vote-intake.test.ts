import assert from "node:assert/strict";
import {BitArray} from "@chainsafe/ssz";
import type {electra} from "@lodestar/types";
import {ssz} from "@lodestar/types";
import {type CommitteeIndex, hexToBytes, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {SubmitOutcome} from "../../src/chain/types.ts";
import {changed, SlotPlayer, testChain} from "./support.ts";

const kinds = (outcomes: readonly SubmitOutcome[]) => outcomes.map(({kind}) => kind);
const reasonOf = (outcomes: readonly SubmitOutcome[], place = 0) => {
  const outcome = outcomes[place];
  return outcome?.kind === "refused" ? outcome.reason : outcome?.kind;
};

function atSlot(slot: number, fork: "fulu" | "gloas" = "fulu"): SlotPlayer {
  const player = new SlotPlayer(testChain(fork));
  player.playTo(slot - 1);
  player.open(slot as Slot);
  return player;
}

describe("single attestations", () => {
  it("are taken, and known when they come again", () => {
    const {chain, voters} = atSlot(2);
    const votes = voters.singles(2 as Slot);
    assert.equal(votes.length, 8);
    assert.deepEqual(new Set(kinds(chain.onSingleAttestations(votes))), new Set(["accepted"]));
    assert.deepEqual(new Set(kinds(chain.onSingleAttestations(votes))), new Set(["duplicate"]));
    assert.equal(chain.ledger.slot(2 as Slot)?.published, 8);
  });

  it("with a bad signature among them are named by their place, and the rest is kept", () => {
    const {chain, voters} = atSlot(2);
    const votes = voters.singles(2 as Slot);
    const [first, , third] = votes as [electra.SingleAttestation, electra.SingleAttestation, electra.SingleAttestation];
    const bad = [first, {...first, ...votes[1], signature: third.signature}, ...votes.slice(2)];
    bad[5] = {...bad[5], signature: new Uint8Array(96)} as electra.SingleAttestation;
    const outcomes = chain.onSingleAttestations(bad);
    assert.deepEqual(
      outcomes.flatMap(({kind}, place) => (kind === "refused" ? [place] : [])),
      [1, 5],
    );
    assert.equal(reasonOf(outcomes, 1), "signature is not valid");
    assert.equal(chain.ledger.slot(2 as Slot)?.published, 6);
    assert.equal(chain.slashings.report().badlySigned, 2);
  });

  it("with a wrong source are refused, and still seen by the slashing checker", () => {
    // Justified epoch at slot 25 is 2.
    const {chain, voters} = atSlot(25);
    const [duty] = voters.duties(25 as Slot);
    assert.ok(duty !== undefined);
    const right = voters.data(25 as Slot);
    const wrong = changed(right, {source: {epoch: 0, root: hexToBytes(chain.genesis.blockRoot)}});
    assert.match(String(reasonOf(chain.onSingleAttestations([voters.single(duty, wrong)]))), /source/);
    assert.equal(chain.slashings.report().slashableMessages, 0);
    chain.onSingleAttestations([voters.single(duty, right)]);
    assert.equal(chain.slashings.report().offences[0]?.kind, "double_vote");
  });

  it("of the future, the distant past, or of another committee are refused", () => {
    const {chain, voters} = atSlot(20);
    const [duty] = voters.duties(20 as Slot);
    const [later] = voters.duties(21 as Slot);
    const [early] = voters.duties(3 as Slot);
    assert.ok(duty !== undefined && later !== undefined && early !== undefined);
    const data = voters.data(20 as Slot);
    const refusalOf = (vote: electra.SingleAttestation) => String(reasonOf(chain.onSingleAttestations([vote])));
    assert.match(refusalOf(voters.single(later, changed(data, {slot: 21}))), /future/);
    assert.match(refusalOf(voters.single(early, voters.data(3 as Slot))), /too old/);
    const other = (duty.committeeIndex === 0 ? 1 : 0) as CommitteeIndex;
    assert.match(refusalOf(voters.single({...duty, committeeIndex: other}, data)), /not in committee/);
    assert.match(refusalOf(voters.single({...duty, committeeIndex: 9 as CommitteeIndex}, data)), /no committee 9/);
    assert.match(refusalOf({...voters.single(duty, data), attesterIndex: 999}), /999 is not known/);
    const unknown = changed(data, {beaconBlockRoot: new Uint8Array(32).fill(1)});
    assert.match(refusalOf(voters.single(duty, unknown)), /not known/);
    assert.match(refusalOf(voters.single(duty, changed(data, {index: 1}))), /must be 0/);
    const target = {epoch: data.target.epoch, root: data.beaconBlockRoot};
    assert.match(refusalOf(voters.single(duty, changed(data, {target}))), /target/);
  });

  it("of Gloas say whether the payload is there, and not for a block of the same slot", () => {
    const {chain, voters} = atSlot(3, "gloas");
    const [duty] = voters.duties(3 as Slot);
    assert.ok(duty !== undefined);
    const data = voters.data(3 as Slot);
    assert.equal(data.index, 0);
    assert.match(
      String(reasonOf(chain.onSingleAttestations([voters.single(duty, changed(data, {index: 1}))]))),
      /same slot/,
    );
    const older = voters.data(3 as Slot, chain.blockAtSlot(2 as Slot)?.root);
    assert.equal(older.index, 1);
  });
});

describe("aggregates", () => {
  function withAggregate() {
    const player = atSlot(2);
    const data = player.voters.data(2 as Slot);
    player.chain.onSingleAttestations(player.voters.singles(2 as Slot, data));
    const [first] = player.voters.aggregates(2 as Slot, data);
    assert.ok(first !== undefined);
    return {...player, chain: player.chain, voters: player.voters, data, first};
  }

  it("are taken from every selected aggregator, once each", () => {
    const {chain, voters, data} = withAggregate();
    const all = voters.aggregates(2 as Slot, data);
    assert.equal(all.length, 8);
    assert.equal(kinds(chain.onAggregates(all)).filter((kind) => kind === "accepted").length, 2);
    assert.deepEqual(new Set(kinds(chain.onAggregates(all))), new Set(["duplicate"]));
  });

  it("are refused when any of their three signatures is wrong, each by its name, the good ones kept", () => {
    const {chain, voters, data, first} = withAggregate();
    const other = voters.aggregates(2 as Slot, data).at(-1);
    assert.ok(other !== undefined);
    const {message} = first;
    const outcomes = chain.onAggregates([
      voters.resign({...message, selectionProof: first.signature}),
      {message, signature: message.selectionProof},
      voters.resign({...message, aggregate: {...message.aggregate, signature: first.signature}}),
      first,
      other,
    ]);
    assert.match(String(reasonOf(outcomes, 0)), /selection proof/);
    assert.match(String(reasonOf(outcomes, 1)), /signature of the aggregator/);
    assert.match(String(reasonOf(outcomes, 2)), /signature of the aggregate /);
    assert.deepEqual(kinds(outcomes.slice(3)), ["accepted", "accepted"]);
  });

  it("are refused when their bits or their aggregator do not fit", () => {
    const {chain, voters, first} = withAggregate();
    const {message} = first;
    const refusalOf = (change: Partial<electra.AggregateAndProof>) =>
      String(reasonOf(chain.onAggregates([voters.resign({...message, ...change})])));
    const {aggregate} = message;
    assert.match(refusalOf({aggregate: {...aggregate, aggregationBits: BitArray.fromBitLen(4)}}), /no aggregation bit/);
    assert.match(refusalOf({aggregate: {...aggregate, aggregationBits: BitArray.fromBitLen(9)}}), /do not fit/);
    const twoCommittees = BitArray.fromBoolArray([true, true, false, false]);
    assert.match(refusalOf({aggregate: {...aggregate, committeeBits: twoCommittees}}), /exactly one/);
    const stranger = voters.duties(1 as Slot)[0]?.validatorIndex as ValidatorIndex;
    assert.match(refusalOf({aggregatorIndex: stranger}), /not in the committee/);
  });

  it("with a wrong source are refused, and their voters still seen by the slashing checker", () => {
    const {chain, voters, first, data} = withAggregate();
    const source = {epoch: 0, root: new Uint8Array(32).fill(1)};
    const wrong = changed(data, {source});
    const members = voters
      .duties(2 as Slot)
      .filter((duty) => duty.committeeIndex === first.message.aggregate.committeeBits.getSingleTrueBit());
    const indices = members.map(({validatorIndex}) => validatorIndex);
    const aggregate = {...first.message.aggregate, data: wrong, signature: voters.aggregateSignature(indices, wrong)};
    assert.match(String(reasonOf(chain.onAggregates([voters.resign({...first.message, aggregate})]))), /source/);
    assert.equal(chain.slashings.report().slashableMessages, members.length);
  });

  it("are made of the votes that came", () => {
    const {chain, voters, data} = withAggregate();
    const [duty] = voters.duties(2 as Slot);
    assert.ok(duty !== undefined);
    const dataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data));
    const aggregate = chain.aggregate(dataRoot, 2 as Slot, duty.committeeIndex);
    assert.deepEqual(aggregate?.aggregationBits.getTrueBitIndexes(), [0, 1, 2, 3]);
    assert.deepEqual(aggregate?.committeeBits.getTrueBitIndexes(), [duty.committeeIndex]);
    const members = voters.duties(2 as Slot).filter((each) => each.committeeIndex === duty.committeeIndex);
    const expected = voters.aggregateSignature(
      members.map(({validatorIndex}) => validatorIndex),
      data,
    );
    assert.deepEqual(aggregate?.signature, expected);
    assert.equal(chain.aggregate(chain.genesis.blockRoot, 2 as Slot, 0 as CommitteeIndex), null);
  });
});
