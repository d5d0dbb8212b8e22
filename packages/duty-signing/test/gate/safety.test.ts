import assert from "node:assert/strict";
import {attestationDataRoot, blindedBlockSigningRoot, blockRoot, blockSigningRoot} from "@mote/consensus";
import {
  hexToBytes,
  type ProducedBlock,
  type PtcDuty,
  type Pubkey,
  type Root,
  rootToHex,
  type SlashingProtection,
  type Slot,
  type SyncDuty,
} from "@mote/core";
import {
  areSlashableProposals,
  blindedBlock,
  buildersBlock,
  fullBlock,
  MemorySlashingProtection,
  override,
  RecordBeforeSignChecker,
  type RecordKind,
  type SignedProposal,
  selfBuiltBlock,
  signableMessages,
} from "@mote/testing";
import fc from "fast-check";
import type {SigningGate} from "../../src/signing-gate.ts";
import {
  BUILDER_ON,
  dataOf,
  dutiesOf,
  FEE_RECIPIENT,
  forkingConfig,
  GAS_LIMIT,
  GateFixture,
  GLOAS_EPOCH,
  INACTIVE,
  KEYS,
  SLOTS_PER_EPOCH,
  settingsWith,
  signingRootOf,
} from "../gate-fixture.ts";

const FORK_SLOT = GLOAS_EPOCH * SLOTS_PER_EPOCH;
/** Around the fork: full and blinded blocks before it, bids from it on. */
const SLOTS = [-2, -1, 0, 1].map((offset) => (FORK_SLOT + offset) as Slot);
const GRAFFITI = [1, 2];

function blocksOf(slot: Slot, graffiti: number): ProducedBlock[] {
  const init = {slot, graffiti, feeRecipient: FEE_RECIPIENT, gasLimit: GAS_LIMIT};
  return slot < FORK_SLOT ? [fullBlock(init), blindedBlock(init)] : [selfBuiltBlock(init), buildersBlock(init)];
}

const BLOCKS = SLOTS.flatMap((slot) => GRAFFITI.flatMap((graffiti) => blocksOf(slot, graffiti)));
const VOTES = SLOTS.flatMap((slot) => [0xaa, 0xbb].map((head) => dataOf(slot, {head})));

const signingRootOfBlock = (produced: ProducedBlock): Root =>
  produced.kind === "blinded"
    ? blindedBlockSigningRoot(forkingConfig, produced.block)
    : blockSigningRoot(forkingConfig, produced.block);

const PROPOSALS: ReadonlyMap<Root, SignedProposal> = new Map(
  BLOCKS.map((produced) => {
    const signingRoot = signingRootOfBlock(produced);
    return [signingRoot, {slot: produced.block.slot as Slot, signingRoot}];
  }),
);
const NEEDED_RECORDS: ReadonlyMap<Root, RecordKind> = new Map([
  ...[...PROPOSALS.keys()].map((signingRoot) => [signingRoot, "block"] as const),
  ...VOTES.map((data) => [signingRootOf(data), "vote"] as const),
]);

/** Roots that somebody would like to have signed, to be passed off as roots of another kind. */
const TEMPTING_ROOTS: readonly Root[] = [
  ...PROPOSALS.keys(),
  ...BLOCKS.flatMap((produced) =>
    produced.kind === "blinded" ? [] : [rootToHex(blockRoot(forkingConfig, produced.block))],
  ),
  ...VOTES.flatMap((data) => [rootToHex(attestationDataRoot(data)), signingRootOf(data)]),
];

const KINDS = ["block", "vote", "sync", "ptc", "envelope", "contribution", "small", "administration"] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly slot: Slot;
  /** Of the clock against `slot`, from here on. */
  readonly clockOffset: number;
  readonly key: Pubkey;
  readonly which: number;
  readonly trouble: "none" | "restart" | "protection_fails" | "signer_fails" | "inactive";
  readonly waits: boolean;
}

const slotOf = fc.constantFrom(...SLOTS);
const stepOf = (kinds: readonly Step["kind"][]) =>
  fc.record<Step>({
    kind: fc.constantFrom(...kinds),
    slot: slotOf,
    // Mostly the slot's own time; else another one, or far away.
    clockOffset: fc.constantFrom(0, 0, 0, 0, 1, -1, -20, 100_000),
    key: fc.constantFrom(...KEYS.slice(0, 2)),
    which: fc.nat(1000),
    trouble: fc.constantFrom("none", "none", "restart", "restart", "protection_fails", "signer_fails", "inactive"),
    waits: fc.boolean(),
  });
const proposalSteps = fc.array(stepOf(["block"]), {minLength: 5, maxLength: 30});
const steps = fc.array(stepOf([...KINDS, "block", "vote", "vote"]), {minLength: 5, maxLength: 30});

const pick = <T>(items: readonly T[], which: number): T => items[which % items.length] as T;

/** What the step asks for, as tempting as it can be. */
function ask(gate: SigningGate, {kind, slot, key, which}: Step, nowSec: number): Promise<unknown> {
  const root = pick(TEMPTING_ROOTS, which);
  const block = pick(BLOCKS, which);
  const messages = signableMessages({
    slot,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    pubkey: key,
    feeRecipient: FEE_RECIPIENT,
    gasLimit: GAS_LIMIT,
    nowSec,
  });
  switch (kind) {
    case "block":
      return gate.signBlock(
        key,
        pick(
          BLOCKS.filter((each) => each.block.slot === slot),
          which,
        ),
      );
    case "vote":
      return gate.signAttestations(pick(VOTES, which), dutiesOf(pick(VOTES, which).slot, [key]));
    case "sync":
      return gate.signSyncCommitteeMessages({slot, beaconBlockRoot: root}, [
        {pubkey: key, validatorIndex: 0 as SyncDuty["validatorIndex"], seats: [0]},
      ]);
    case "ptc":
      return gate.signPayloadAttestations({...messages.payloadAttestation, beaconBlockRoot: hexToBytes(root)}, [
        {pubkey: key, validatorIndex: 0 as PtcDuty["validatorIndex"], slot},
      ]);
    case "envelope":
      return gate.signExecutionPayloadEnvelope(
        key,
        block.kind === "bid" && block.payload !== null ? block.payload : messages.produced.payload,
      );
    case "contribution":
      return gate.signContributionAndProof(key, messages.contribution);
    case "small":
      return Promise.all([gate.signSelectionProof(key, slot), gate.signRandaoReveal(key, slot)]);
    case "administration":
      return Promise.all([
        gate.signProposerPreferences(key, {...messages.preferences, dependentRoot: hexToBytes(root)}),
        gate.signValidatorRegistration(key, messages.registration),
        gate.signVoluntaryExit(key, {epoch: which % 5, validatorIndex: which}),
      ]);
  }
}

/** So that blinded blocks may be signed too. */
const register = (gate: SigningGate, key: Pubkey, timestamp: number): Promise<unknown> =>
  gate.signValidatorRegistration(key, {
    feeRecipient: hexToBytes(FEE_RECIPIENT),
    gasLimit: GAS_LIMIT,
    timestamp,
    pubkey: hexToBytes(key),
  });

interface Life {
  readonly fixture: GateFixture;
  readonly violations: readonly string[];
}

/** Lets a gate live through the steps. */
async function live(script: readonly Step[], store?: SlashingProtection): Promise<Life> {
  const fixture = new GateFixture(FORK_SLOT, {config: forkingConfig});
  const {signer} = fixture;
  const neededRecord = (signingRoot: Root) => NEEDED_RECORDS.get(signingRoot) ?? null;
  const checker = new RecordBeforeSignChecker({neededRecord}, {protection: store ?? fixture.protection, signer});
  const protection = checker.protection;
  let gate = fixture.newGate({protection});
  for (const key of KEYS) fixture.settings.set(key, settingsWith(BUILDER_ON));
  let open: Promise<unknown>[] = [];
  for (const step of script) {
    const {key, trouble} = step;
    fixture.jumpToSlot(step.slot + step.clockOffset);
    if (trouble === "restart") gate = fixture.newGate({protection});
    if (trouble === "protection_fails") fixture.protection.failures.set(key, "disk full");
    if (trouble === "signer_fails") signer.failures.set(key, "no answer");
    if (trouble === "inactive") fixture.refusals.set(key, INACTIVE);
    open.push(register(gate, key, fixture.nowSec), ask(gate, step, fixture.nowSec));
    if (!step.waits) continue;
    await Promise.all(open);
    open = [];
    fixture.protection.failures.clear();
    signer.failures.clear();
    fixture.refusals.clear();
  }
  await Promise.all(open);
  return {fixture, violations: checker.violations};
}

/** Of each key, what was signed for one slot though it is not the same. */
const slashablePairs = ({fixture}: Life): [SignedProposal, SignedProposal][] =>
  KEYS.flatMap((key) => {
    const proposals = fixture.signer.signed.flatMap(({pubkey, signingRoot}) => {
      const proposal = pubkey === key ? PROPOSALS.get(signingRoot) : undefined;
      return proposal === undefined ? [] : [proposal];
    });
    return proposals.flatMap((one, index) =>
      proposals
        .slice(index + 1)
        .flatMap((other): [SignedProposal, SignedProposal][] =>
          areSlashableProposals(one, other) ? [[one, other]] : [],
        ),
    );
  });

const acceptsEverything = override<SlashingProtection>(new MemorySlashingProtection(), {
  recordAttestation: async () => ({kind: "accepted"}),
  recordBlock: async () => ({kind: "accepted"}),
});

const samples = (arbitrary: fc.Arbitrary<Step[]>) => fc.sample(arbitrary, {numRuns: 40, seed: 7});

describe("whatever blocks are asked of the signing gate", () => {
  it("never signs two for one slot, in any order, over restarts and jumps of the clock", async () => {
    await fc.assert(
      fc.asyncProperty(proposalSteps, async (script) => {
        const life = await live(script);
        assert.deepEqual(slashablePairs(life), []);
        assert.deepEqual(life.violations, []);
      }),
      {numRuns: 150},
    );
  });

  it("and the check finds such pairs where the protection lets everything pass", async () => {
    let pairs = 0;
    for (const script of samples(proposalSteps)) pairs += slashablePairs(await live(script, acceptsEverything)).length;
    assert(pairs > 0);
  });

  it("signs where nothing is wrong, so that the check has something to look at", async () => {
    let signed = 0;
    for (const script of samples(proposalSteps)) {
      const {signer} = (await live(script)).fixture;
      signed += signer.signed.filter(({signingRoot}) => PROPOSALS.has(signingRoot)).length;
    }
    assert(signed > 40, `only ${signed}`);
  });
});

describe("whatever messages are asked of the signing gate", () => {
  it("never signs a vote or a block unrecorded, nor as a message of another kind", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const life = await live(script);
        assert.deepEqual(life.violations, []);
        assert.deepEqual(slashablePairs(life), []);
      }),
      {numRuns: 150},
    );
  });

  it("and the check finds a head's root that was signed as it came", async () => {
    const fixture = new GateFixture(FORK_SLOT, {config: forkingConfig});
    const {protection, signer} = fixture;
    const neededRecord = (signingRoot: Root) => NEEDED_RECORDS.get(signingRoot) ?? null;
    const checker = new RecordBeforeSignChecker({neededRecord}, {protection, signer});
    // What a gate must never be: it signs for the sync committee without a domain of its own.
    await signer.sign(KEYS[0] as Pubkey, {signingRoot: pick(TEMPTING_ROOTS, 0)});
    assert.equal(checker.violations.length, 1);
  });

  it("signs messages of all kinds, so that the check has something to look at", async () => {
    let signed = 0;
    let recorded = 0;
    for (const script of samples(steps)) {
      const {fixture} = await live(script);
      signed += fixture.signer.signed.length;
      recorded += fixture.signer.signed.filter(({signingRoot}) => NEEDED_RECORDS.has(signingRoot)).length;
    }
    assert(recorded > 20 && signed - recorded > 100, `${recorded} of ${signed}`);
  });
});
