import assert from "node:assert/strict";
import type {Pubkey, SignOutcome} from "@mote/core";
import {fullBlock} from "@mote/testing";
import {dataOf, dutiesOf, FEE_RECIPIENT, GateFixture, KEYS, reasonOf} from "../gate-fixture.ts";

const SLOT = 20;
const [THEIRS, OURS] = KEYS as [Pubkey, Pubkey];

describe("SigningGate for keys whose record another keeps", () => {
  let fixture: GateFixture;
  let theirs: Set<Pubkey>;
  let recorded: Pubkey[];
  beforeEach(() => {
    fixture = new GateFixture(SLOT);
    theirs = new Set([THEIRS]);
    recorded = [];
    const {protection} = fixture;
    const {recordAttestation, recordBlock} = protection;
    protection.recordAttestation = (pubkey, vote) => {
      recorded.push(pubkey);
      return recordAttestation.call(protection, pubkey, vote);
    };
    protection.recordBlock = (pubkey, proposal) => {
      recorded.push(pubkey);
      return recordBlock.call(protection, pubkey, proposal);
    };
  });

  const newGate = () => fixture.newGate({isRecordedElsewhere: (pubkey) => theirs.has(pubkey)});
  const blockOf = (graffiti: number) => fullBlock({slot: dataOf(SLOT).slot, feeRecipient: FEE_RECIPIENT, graffiti});
  const recordedMsOf = (outcome: SignOutcome | undefined) =>
    outcome?.kind === "signed" ? outcome.recordedMs : reasonOf(outcome);

  it("signs votes and blocks without a record, those of the other keys with one", async () => {
    const gate = newGate();
    const votes = await gate.signAttestations(dataOf(SLOT), dutiesOf(SLOT, [THEIRS, OURS]));
    const block = await gate.signBlock(THEIRS, blockOf(0));
    assert.deepEqual([...votes.map(({outcome}) => outcome), block].map(recordedMsOf), [
      undefined,
      fixture.clock.nowMs(),
      undefined,
    ]);
    assert.deepEqual(recorded, [OURS]);
  });

  it("signs one vote and one block a slot all the same", async () => {
    const gate = newGate();
    for (const expected of ["signed", "ALREADY_ATTEMPTED"]) {
      const [vote] = await gate.signAttestations(dataOf(SLOT), dutiesOf(SLOT, [THEIRS]));
      assert.equal(reasonOf(vote?.outcome), expected);
      assert.equal(reasonOf(await gate.signBlock(THEIRS, blockOf(1))), expected);
    }
  });

  it("signs nothing unrecorded once the key's record is ours to keep", async () => {
    // The key comes to this process while its vote waits for its turn.
    const gate = fixture.newGate({
      isRecordedElsewhere: (pubkey) => theirs.delete(pubkey),
    });
    const [vote] = await gate.signAttestations(dataOf(SLOT), dutiesOf(SLOT, [THEIRS]));
    assert.equal(reasonOf(vote?.outcome), "SIGNER_FAILED");
    assert.deepEqual(fixture.signer.signed, []);
  });

  it("protects every key unless it is told otherwise", async () => {
    await fixture.newGate().signAttestations(dataOf(SLOT), dutiesOf(SLOT));
    assert.deepEqual(recorded, KEYS);
  });
});
