import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {Epoch, Slot} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {type Protocol, protocolId, protocolsOf} from "../../src/reqresp/protocols.ts";
import {UnsoundError} from "../../src/reqresp/request-error.ts";
import {decodeStatus, encodeStatus} from "../../src/reqresp/status-message.ts";
import {type HostPair, openPair} from "./support/hosts.ts";
import {clientOf, METADATA, serverOf} from "./support/parties.ts";
import {CONFIG, CURRENT_SLOT, DIGESTS, STATUS, slotClockOf} from "./support/test-chain.ts";

describe("a peer that speaks older versions", () => {
  let pair: HostPair;

  before(async () => {
    pair = await openPair("yamux");
    const {server: _} = await serverOf(pair);
    await pair.answering.unhandle([protocolId("status", 2), protocolId("metadata", 3)]);
  });
  after(() => pair.close());

  it("tells its status without an earliest slot: it claims to have all", async () => {
    const {client, peer, offences} = clientOf(pair);
    assert.deepEqual(await client.status(peer), {...STATUS, earliestAvailableSlot: 0});
    assert.deepEqual(offences, []);
  });

  it("tells its metadata without custody", async () => {
    const {client, peer} = clientOf(pair);
    assert.deepEqual(await client.metadata(peer), {...METADATA, custodyGroupCount: 0});
  });
});

describe("a status at a fork", () => {
  const [v2] = protocolsOf(CONFIG) as [Protocol];
  const FIRST_GLOAS_SLOT = 16;
  const at = (slot: number) => {
    const clock = new FakeClock({nowMs: 1_700_000_000_000});
    const slotClock = slotClockOf(clock);
    clock.jump((slot - CURRENT_SLOT) * slotClock.timing.slotDurationMs);
    assert.equal(slotClock.currentSlot(), slot);
    return {slotClock, digests: DIGESTS};
  };
  const said = (slot: number) => encodeStatus(STATUS, v2, at(slot));

  it("bears the digest of the wall clock's epoch", () => {
    const {forkDigest} = ssz.fulu.Status.deserialize(said(FIRST_GLOAS_SLOT - 1));
    assert.equal(Buffer.from(forkDigest).toString("hex"), DIGESTS.at(1 as Epoch).digest);
  });

  it("is taken from a clock that is a slot off, and not from one that is two", () => {
    assert.deepEqual(decodeStatus(said(FIRST_GLOAS_SLOT - 1), v2, at(FIRST_GLOAS_SLOT)), STATUS);
    assert.deepEqual(decodeStatus(said(FIRST_GLOAS_SLOT), v2, at(FIRST_GLOAS_SLOT - 1)), STATUS);
    for (const [theirs, ours] of [
      [FIRST_GLOAS_SLOT - 1, FIRST_GLOAS_SLOT + 1],
      [FIRST_GLOAS_SLOT, FIRST_GLOAS_SLOT - 2],
    ] as const) {
      const isWrongChain = (error: unknown) => error instanceof UnsoundError && error.offence === "wrong_chain";
      assert.throws(() => decodeStatus(said(theirs), v2, at(ours)), isWrongChain);
    }
  });

  it("is that of the first epoch before genesis", () => {
    const before = at(-3 as Slot);
    assert.deepEqual(decodeStatus(encodeStatus(STATUS, v2, before), v2, before), STATUS);
  });
});
