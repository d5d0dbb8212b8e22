import type {AttesterDuty, Pubkey, Signature, Slot} from "@mote/core";
import {type DutySignerUnderTest, dutySignerContract, signableMessages} from "@mote/testing";
import {interopKeys} from "../src/keys/interop-keys.ts";
import {LocalSigner} from "../src/signers/local-signer.ts";
import type {SigningGate} from "../src/signing-gate.ts";
import {
  BUILDER_ON,
  dataOf,
  dutiesOf,
  dutyOf,
  FEE_RECIPIENT,
  GAS_LIMIT,
  GateFixture,
  gloasConfig,
  INACTIVE,
  KEYS,
  SLOTS_PER_EPOCH,
  settingsWith,
} from "./gate-fixture.ts";

const SLOT = 17;

interface Gate {
  readonly signer: SigningGate;
  readonly duties: readonly AttesterDuty[];
  readonly failKey: (pubkey: Pubkey) => void;
  readonly nowSec: number;
}

/** In Gloas, where there is something of every kind to sign. */
function gloasFixture(): GateFixture {
  const fixture = new GateFixture(SLOT, {config: gloasConfig});
  const settings = settingsWith(BUILDER_ON);
  for (const key of [...KEYS, ...interopKeys([0, 1, 2]).map(({pubkey}) => pubkey)]) fixture.settings.set(key, settings);
  return fixture;
}

function underTest({signer, duties, failKey, nowSec}: Gate): DutySignerUnderTest {
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
  const messages = signableMessages({
    slot: SLOT as Slot,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    pubkey: first.pubkey,
    feeRecipient: FEE_RECIPIENT,
    gasLimit: GAS_LIMIT,
    nowSec,
  });
  return {signer, duties, data, aggregate, messages, failKey};
}

describe("SigningGate keeps the contract of its port", () => {
  describe("over a signer that fails", () => {
    dutySignerContract(() => {
      const fixture = gloasFixture();
      const failKey = (pubkey: Pubkey) => void fixture.signer.failures.set(pubkey, "the signer is gone");
      return underTest({signer: fixture.newGate(), duties: dutiesOf(SLOT), failKey, nowSec: fixture.nowSec});
    });
  });

  describe("over keys of its own that are taken away", () => {
    dutySignerContract(() => {
      const fixture = gloasFixture();
      const signer = new LocalSigner({secretKeys: interopKeys([0, 1, 2])});
      return underTest({
        signer: fixture.newGate({signer}),
        duties: signer.pubkeys.map((pubkey) => dutyOf(pubkey, SLOT)),
        failKey: (pubkey) => fixture.refusals.set(pubkey, INACTIVE),
        nowSec: fixture.nowSec,
      });
    });
  });
});
