import assert from "node:assert/strict";
import {type Epoch, executionAddressToHex, type ProposerDuty, type Root, rootToHex} from "@mote/core";
import {FakeLog, FakeProposerSettings} from "@mote/testing";
import {ProposerPreferences} from "../../src/preparation/proposer-preferences.ts";
import {address, proposerDuty} from "../support/blocks.ts";
import {epoch, fakePorts, pubkey, root, SLOT_MS} from "../support/world.ts";

describe("ProposerPreferences", () => {
  function setUp({gloasEpoch = 0} = {}) {
    const ports = fakePorts(9);
    const {clock, publisher, slotClock} = ports;
    const [log, settings] = [new FakeLog(), new FakeProposerSettings()];
    settings.default = {...settings.default, feeRecipient: address(1)};
    const chain = {
      dependentRoot: (of: Epoch): Root => root(of),
      restsBefore: 1,
      duties: [9, 12, 17].map((at) => proposerDuty(1, at)) as ProposerDuty[],
    };
    const service = new ProposerPreferences(
      {gloasEpoch: epoch(gloasEpoch)},
      {
        ...ports,
        log,
        settings,
        duties: {
          dutiesOf: (of) => ({
            dependentRoot: chain.dependentRoot(of),
            dependentEpoch: (of - chain.restsBefore) as Epoch,
            duties: chain.duties.filter((duty) => slotClock.epochOf(duty.slot) === of),
          }),
        },
      },
    );
    const {signal} = new AbortController();
    const lookAhead = async () => {
      const done = service.lookAhead(slotClock.currentSlot(), signal);
      for (let turn = 0; turn < 5; turn++) await clock.advance(0);
      await done;
    };
    const sent = () => publisher.preferences.map((all) => all.map(({message}) => message.proposalSlot));
    return {...ports, chain, log, lookAhead, sent, service, settings};
  }

  it("tells of each coming proposal of this and the next epoch, once", async () => {
    const {lookAhead, publisher, sent} = setUp();
    await lookAhead();
    await lookAhead();
    assert.deepEqual(sent(), [[12, 17]]);
    const message = publisher.preferences[0]?.[1]?.message;
    assert.ok(message !== undefined);
    assert.equal(rootToHex(message.dependentRoot), root(2));
    assert.equal(executionAddressToHex(message.feeRecipient), address(1));
    assert.deepEqual([message.validatorIndex, message.targetGasLimit], [1, 60_000_000n]);
  });

  it("begins one epoch before the fork, with the proposals after it", async () => {
    const {lookAhead, sent} = setUp({gloasEpoch: 2});
    await lookAhead();
    assert.deepEqual(sent(), [[17]]);
    const early = setUp({gloasEpoch: 3});
    await early.lookAhead();
    assert.deepEqual(early.sent(), []);
  });

  it("tells again when the chain shuffled anew, and not when the settings change", async () => {
    const {chain, lookAhead, sent, settings} = setUp();
    await lookAhead();
    settings.set(pubkey(1), {feeRecipient: address(2)});
    await lookAhead();
    assert.equal(sent().length, 1);
    chain.dependentRoot = (of) => root(of === 2 ? 99 : of);
    await lookAhead();
    assert.deepEqual(sent(), [[12, 17], [17]]);
  });

  it("knows when builders pay by an older message than the settings", async () => {
    const {lookAhead, service, settings} = setUp();
    const isUpToDate = (at: number) => service.isUpToDate(proposerDuty(1, at));
    assert.equal(isUpToDate(12), true, "nobody was told anything else");
    await lookAhead();
    assert.equal(isUpToDate(12), true);
    settings.set(pubkey(1), {feeRecipient: address(2)});
    assert.deepEqual([12, 17, 20].map(isUpToDate), [false, false, true]);
    settings.set(pubkey(1), {feeRecipient: null});
    assert.equal(isUpToDate(20), false, "there is nobody to pay");
  });

  it("sends what no path answered again, signed once, and never what was refused", async () => {
    const {clock, log, lookAhead, publisher, sent, signer} = setUp();
    publisher.judge = ({place}) => (place === 0 ? "unanswered" : "refused");
    await lookAhead();
    publisher.judge = () => "accepted";
    await clock.advance(SLOT_MS);
    await lookAhead();
    await lookAhead();
    assert.deepEqual(sent(), [[12, 17], [12]]);
    assert.equal(signer.signed.length, 2);
    assert.deepEqual(log.lines, ["warn proposer preferences not taken"]);
  });

  it("says nothing without a fee recipient, without a signature, or by a root that does not settle the proposers", async () => {
    const noRecipient = setUp();
    noRecipient.settings.default = {...noRecipient.settings.default, feeRecipient: null};
    const noSignature = setUp();
    noSignature.signer.refusals.set(pubkey(1), "KEY_NOT_ACTIVE");
    const ofOwnEpoch = setUp();
    ofOwnEpoch.chain.restsBefore = 0;
    for (const {lookAhead, sent} of [noRecipient, noSignature, ofOwnEpoch]) {
      await lookAhead();
      assert.deepEqual(sent(), []);
    }
  });
});
