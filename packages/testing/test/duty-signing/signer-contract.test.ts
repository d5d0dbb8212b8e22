import type {Pubkey, Signature} from "@mote/core";
import {fakePubkey, fakeRoot} from "../../src/beacon-nodes/fake-answers.ts";
import {fakeSignatureOf} from "../../src/duty-signing/fake-signature.ts";
import {FakeSigner} from "../../src/duty-signing/fake-signer.ts";
import {
  SIGNER_CHECKS,
  type SignerLike,
  type SignerUnderTest,
  signerContract,
} from "../../src/duty-signing/signer-contract.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const pubkeys = [1, 2, 3].map(fakePubkey);
const messages = [fakeRoot(1), fakeRoot(2)].map((signingRoot) => ({signingRoot}));

type Message = (typeof messages)[number];
type Sign = (pubkey: Pubkey, message: Message) => Promise<Signature>;
interface Flaw {
  readonly sign?: Sign;
  readonly holds?: SignerLike["holds"];
  readonly remove?: SignerUnderTest["remove"];
  readonly addAgain?: SignerUnderTest["addAgain"];
}

function subject(flawOf: (signer: FakeSigner) => Flaw = () => ({})): () => SignerUnderTest {
  return () => {
    const fake = new FakeSigner({pubkeys});
    const {remove = (keys) => fake.remove(keys), addAgain = (pubkey) => fake.add([pubkey]), ...flaw} = flawOf(fake);
    return {
      signer: override<SignerLike>(fake, flaw as Partial<SignerLike>),
      pubkeys,
      messages,
      stranger: fakePubkey(9),
      isSignature: (pubkey, root, signature) => Buffer.compare(signature, fakeSignatureOf(pubkey, root)) === 0,
      remove,
      addAgain,
    };
  };
}

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), 20));

describe("contract of signers", () => {
  describe("FakeSigner", () => signerContract(subject()));

  declareFlaws(SIGNER_CHECKS, {
    "holds its keys and no others": subject(() => ({holds: () => true})),
    "signs each message with each key": subject((fake) => ({
      sign: (pubkey) => fake.sign(pubkey, messages[0] as Message),
    })),
    "gives each of many wishes its own signature": subject((fake) => {
      let last: Promise<Signature> | null = null;
      let underWay = 0;
      return {
        // The wishes of one moment get the signature of the first of them.
        sign: async (pubkey, message) => {
          last = underWay++ === 0 ? fake.sign(pubkey, message) : (last as Promise<Signature>);
          const signature = await later(await last);
          underWay--;
          return signature;
        },
      };
    }),
    "rejects for a key that it does not hold, and signs on": subject(() => ({
      sign: async (pubkey, {signingRoot}) => fakeSignatureOf(pubkey, signingRoot),
    })),
    "does not hold a removed key, from the call on": subject((fake) => ({
      remove: async (keys) => fake.remove(await later(keys)),
    })),
    "has no signature of a removed key under way": subject((fake) => ({
      sign: async (pubkey, message) => later(await fake.sign(pubkey, message)),
    })),
    "signs again with a key that was removed and added": subject(() => ({addAgain: () => {}})),
  });
});
