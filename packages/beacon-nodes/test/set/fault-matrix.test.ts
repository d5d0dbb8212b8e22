import assert from "node:assert/strict";
import type {AttestationData, Epoch} from "@mote/core";
import {type FakeBeaconNode, type FakeFault, fakeRoot, fakeSignature} from "@mote/testing";
import {vote} from "../support/messages.ts";
import {DATA_REQUEST} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";

/** With one node of three or four at fault, no strategy may miss anything: enough are left for each of them. */

const everything = (fault: FakeFault) => (fake: FakeBeaconNode) => void fake.faults.set("*", fault);

const changed = (change: (data: AttestationData) => Partial<AttestationData>) => (fake: FakeBeaconNode) => {
  const right = fake.chain.attestationData;
  fake.chain.attestationData = (slot) => ({...right(slot), ...change(right(slot))});
};

const FAULTS: Readonly<Record<string, (fake: FakeBeaconNode) => unknown>> = {
  "is down": (fake) => fake.close(),
  hangs: everything({kind: "hang"}),
  "breaks connections": everything({kind: "reset"}),
  "breaks off answers": everything({kind: "truncate"}),
  "answers without end": everything({kind: "drip"}),
  "answers too much": everything({kind: "oversized", sizeBytes: 32 * 1024 * 1024, declared: true}),
  "fails inside": everything({kind: "status", status: 500}),
  "speaks no HTTP": everything({kind: "garbage"}),
  "answers nonsense": everything({kind: "text", text: "[]"}),
  "is syncing": ({chain}) => {
    chain.syncing.isSyncing = true;
  },
  "is optimistic": ({chain}) => {
    chain.syncing.isOptimistic = true;
  },
  "has no execution client": ({chain}) => {
    chain.syncing.elOffline = true;
  },
  "gives data of another slot": changed(({slot}) => ({slot: (slot + 1) as typeof slot})),
  "gives a target in the future": changed(({target}) => ({target: {...target, epoch: 1_000 as Epoch}})),
  "gives a source after the target": changed(({source}) => ({source: {...source, epoch: 3 as Epoch}})),
};
/** What no check can see: agreement alone protects against it. */
const LIES: Readonly<Record<string, (fake: FakeBeaconNode) => unknown>> = {
  "is on another chain of checkpoints": changed(({source}) => ({source: {...source, root: fakeRoot(0x66)}})),
};

const check = ({source, target}: AttestationData) =>
  source.epoch < target.epoch && target.epoch === 2
    ? null
    : ({reason: "BEACON_DATA_INVALID", detail: `source ${source.epoch} target ${target.epoch}`} as const);

/** Nobody is asked for longer than this when one node is at fault. */
const DELAY_MS_MAX = 300;

describe("one node of a set", () => {
  const h = new SetHarness();

  async function settled<T>(asking: Promise<T>): Promise<T> {
    const startedMs = h.clock.nowMs();
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    asking.then(end, end);
    while (!isOver) {
      for (let turn = 0; turn < 60 && !isOver; turn++) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(h.clock.nowMs() - startedMs <= DELAY_MS_MAX, "too late");
      if (!isOver) await h.clock.advance(25);
    }
    return asking;
  }

  for (const [count, attestation, faults] of [
    [3, "threshold", {...FAULTS, ...LIES}],
    [4, "threshold", {...FAULTS, ...LIES}],
    [3, "best", FAULTS],
    [3, "first", FAULTS],
  ] as const) {
    for (const [name, goWrong] of Object.entries(faults)) {
      it(`${name}: ${attestation} of ${count} misses nothing`, async () => {
        const strategy = attestation === "threshold" ? "best" : attestation;
        const set = await h.started(count, {strategies: {attestation, sync_message: attestation, block: strategy}});
        const honest = h.fakes[1]!.chain.attestationData(DATA_REQUEST.slot);
        await goWrong(h.fakes[0]!);
        const untilMs = h.clock.nowMs() + 3_000;
        const outcome = await settled(set.attestationData({...DATA_REQUEST, untilMs, check}));
        assert.deepEqual(outcome.kind === "data" ? outcome.data : outcome, honest);
        const head = await settled(set.headRoot({slot: DATA_REQUEST.slot, untilMs: h.clock.nowMs() + 3_000}));
        assert.equal(head.kind === "root" ? head.root : head.detail, honest.beaconBlockRoot);
        const block = await settled(
          set.block({
            slot: DATA_REQUEST.slot,
            proposerIndex: h.fakes[1]!.chain.proposerIndexAt(DATA_REQUEST.slot),
            randaoReveal: fakeSignature(1),
            graffiti: null,
            builderBoostFactor: 100n,
            untilMs: h.clock.nowMs() + 3_000,
            check: () => null,
          }),
        );
        assert.equal(block.kind, "block", block.kind === "failed" ? block.detail : "");
        const [published] = await settled(set.publishAttestations([vote(17, 1)]));
        assert.equal(published?.kind, "accepted");
      });
    }
  }

  it("can be believed all the same, where nobody has to agree with it", async () => {
    const set = await h.started(3, {strategies: {attestation: "first"}});
    for (const goWrong of Object.values(LIES)) goWrong(h.fakes[0]!);
    const outcome = await settled(set.attestationData({...DATA_REQUEST, check}));
    assert.equal(outcome.kind === "data" && outcome.data.source.root, fakeRoot(0x66));
  });
});
