import assert from "node:assert/strict";
import type {AttestationData, AttesterDuty, DutySigner, Pubkey, Root, SlashingProtection} from "@mote/core";
import {
  areSlashableVotes,
  MemorySlashingProtection,
  override,
  RecordBeforeSignChecker,
  type SignedRoot,
  type SignedVote,
} from "@mote/testing";
import fc from "fast-check";
import {attestationToSign} from "../src/signers/signable-message.ts";
import type {SigningGateComponents} from "../src/signing-gate.ts";
import {config, dataOf, dutiesOf, GateFixture, INACTIVE, KEYS, signingRootOf} from "./gate-fixture.ts";

type AttestationSigner = Pick<DutySigner, "signAttestations">;

/** What a gate must never be: it asks for the record and the signature at the same time. */
class HastyGate implements AttestationSigner {
  readonly #components: SigningGateComponents;

  constructor(components: SigningGateComponents) {
    this.#components = components;
  }

  signAttestations(data: AttestationData, duties: readonly AttesterDuty[]) {
    const {protection, signer} = this.#components;
    const signingRoot = signingRootOf(data);
    const vote = {sourceEpoch: data.source.epoch, targetEpoch: data.target.epoch, signingRoot};
    return Promise.all(
      duties.map(async (duty) => {
        const [signature] = await Promise.all([
          signer.sign(duty.pubkey, attestationToSign(config, data)),
          protection.recordAttestation(duty.pubkey, vote),
        ]);
        return {duty, outcome: {kind: "signed", signature, signingRoot, signedMs: 0} as const};
      }),
    );
  }
}

async function violationsOf(
  fixture: GateFixture,
  makeGate: (components: SigningGateComponents) => AttestationSigner,
): Promise<string[]> {
  const {protection, signer} = fixture;
  const checker = new RecordBeforeSignChecker({neededRecord: () => "vote"}, {protection, signer});
  const gate = makeGate({...fixture.components(), protection: checker.protection});
  await gate.signAttestations(dataOf(20), dutiesOf(20));
  return checker.violations;
}

describe("record before signing", () => {
  it("is kept by the signing gate", async () => {
    const fixture = new GateFixture(20);
    assert.deepEqual(await violationsOf(fixture, (components) => fixture.newGate(components)), []);
    assert.equal(fixture.signer.signed.length, KEYS.length);
  });

  it("is seen to be broken by a gate that does not wait", async () => {
    const fixture = new GateFixture(20);
    assert.equal((await violationsOf(fixture, (components) => new HastyGate(components))).length, KEYS.length);
  });
});

interface Step {
  readonly slot: number;
  readonly source: number;
  readonly head: number;
  readonly keys: Pubkey[];
  readonly trouble: "none" | "restart" | "protection_fails" | "signer_fails" | "inactive";
  readonly waits: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    slot: fc.nat(47),
    source: fc.nat(6),
    head: fc.constantFrom(0xaa, 0xbb),
    keys: fc.subarray(KEYS, {minLength: 1}),
    trouble: fc.constantFrom("none", "none", "restart", "protection_fails", "signer_fails", "inactive"),
    waits: fc.boolean(),
  }),
  {minLength: 1, maxLength: 40},
);

/** Lets a gate live through the steps and gives everything that was signed, as votes, by key. */
async function live(script: readonly Step[], protection?: SlashingProtection): Promise<Map<Pubkey, SignedVote[]>> {
  const fixture = new GateFixture(47);
  const over = protection === undefined ? {} : {protection};
  const votes = new Map<Root, SignedVote>();
  let gate = fixture.newGate(over);
  let open: Promise<unknown>[] = [];
  for (const {slot, source, head, keys, trouble, waits} of script) {
    const data = dataOf(slot, {source, head});
    const signingRoot = signingRootOf(data);
    votes.set(signingRoot, {sourceEpoch: data.source.epoch, targetEpoch: data.target.epoch, signingRoot});
    if (trouble === "restart") gate = fixture.newGate(over);
    const [first] = keys;
    if (first && trouble === "protection_fails") fixture.protection.failures.set(first, "disk full");
    if (first && trouble === "signer_fails") fixture.signer.failures.set(first, "no answer");
    if (first && trouble === "inactive") fixture.refusals.set(first, INACTIVE);
    open.push(gate.signAttestations(data, dutiesOf(slot, keys)));
    if (!waits) continue;
    await Promise.all(open);
    open = [];
    fixture.protection.failures.clear();
    fixture.signer.failures.clear();
    fixture.refusals.clear();
  }
  await Promise.all(open);
  return new Map(KEYS.map((key) => [key, signedBy(key, fixture.signer.signed, votes)]));
}

const signedBy = (key: Pubkey, signed: readonly SignedRoot[], votes: ReadonlyMap<Root, SignedVote>): SignedVote[] =>
  signed.flatMap(({pubkey, signingRoot}) => (pubkey === key ? [votes.get(signingRoot) ?? assert.fail("unasked")] : []));

const slashablePairs = (votes: readonly SignedVote[]): [SignedVote, SignedVote][] =>
  votes.flatMap((one, index) =>
    votes
      .slice(index + 1)
      .flatMap((other): [SignedVote, SignedVote][] => (areSlashableVotes(one, other) ? [[one, other]] : [])),
  );

const acceptsEverything = override<SlashingProtection>(new MemorySlashingProtection(), {
  recordAttestation: async () => ({kind: "accepted"}),
  recordBlock: async () => ({kind: "accepted"}),
});

describe("whatever is asked of the signing gate", () => {
  it("never signs a slashable pair", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        for (const votes of (await live(script)).values()) assert.deepEqual(slashablePairs(votes), []);
      }),
      {numRuns: 150},
    );
  });

  it("and the check finds such pairs where the protection lets everything pass", async () => {
    let pairs = 0;
    for (const script of fc.sample(steps, {numRuns: 20, seed: 7})) {
      for (const votes of (await live(script, acceptsEverything)).values()) pairs += slashablePairs(votes).length;
    }
    assert(pairs > 0);
  });

  it("signs where nothing is wrong, so that the check has something to look at", async () => {
    let signed = 0;
    for (const script of fc.sample(steps, {numRuns: 20, seed: 7})) {
      for (const votes of (await live(script)).values()) signed += votes.length;
    }
    assert(signed > 20, `only ${signed}`);
  });
});
