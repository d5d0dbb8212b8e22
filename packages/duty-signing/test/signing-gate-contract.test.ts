import type {AttesterDuty, Pubkey, Signature} from "@mote/core";
import {type DutySignerUnderTest, dutySignerContract} from "@mote/testing";
import {interopKeys} from "../src/keys/interop-keys.ts";
import {LocalSigner} from "../src/signers/local-signer.ts";
import type {SigningGate} from "../src/signing-gate.ts";
import {dataOf, dutiesOf, dutyOf, GateFixture, INACTIVE} from "./gate-fixture.ts";

const SLOT = 17;

interface Gate {
  readonly signer: SigningGate;
  readonly duties: readonly AttesterDuty[];
  readonly failKey: (pubkey: Pubkey) => void;
}

function underTest({signer, duties, failKey}: Gate): DutySignerUnderTest {
  const data = dataOf(SLOT);
  const [first] = duties as [AttesterDuty];
  const aggregate = {
    aggregatorIndex: first.validatorIndex,
    aggregate: {
      aggregationBits: {bits: Uint8Array.of(0b0101), length: 4},
      committeeBits: {bits: Uint8Array.of(1), length: 4},
      data,
      signature: new Uint8Array(96) as Signature,
    },
    selectionProof: new Uint8Array(96) as Signature,
  };
  return {signer, duties, data, aggregate, failKey};
}

describe("SigningGate keeps the contract of its port", () => {
  describe("over a signer that fails", () => {
    dutySignerContract(() => {
      const fixture = new GateFixture(SLOT);
      const failKey = (pubkey: Pubkey) => void fixture.signer.failures.set(pubkey, "the signer is gone");
      return underTest({signer: fixture.newGate(), duties: dutiesOf(SLOT), failKey});
    });
  });

  describe("over keys of its own that are taken away", () => {
    dutySignerContract(() => {
      const fixture = new GateFixture(SLOT);
      const signer = new LocalSigner({secretKeys: interopKeys([0, 1, 2])});
      return underTest({
        signer: fixture.newGate({signer}),
        duties: signer.pubkeys.map((pubkey) => dutyOf(pubkey, SLOT)),
        failKey: (pubkey) => fixture.refusals.set(pubkey, INACTIVE),
      });
    });
  });
});
