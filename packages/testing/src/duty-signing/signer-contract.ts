import assert from "node:assert/strict";
import {type Pubkey, type Root, SIGNATURE_SIZE_BYTES, type Signature} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

/** What duty-signing calls a signer. Its messages are its own; here only their roots matter. */
export interface SignerLike {
  holds(pubkey: Pubkey): boolean;
  sign(pubkey: Pubkey, message: never): Promise<Signature>;
}

export interface SignerUnderTest extends UnderTest {
  readonly signer: SignerLike;
  /** At least two, which it holds. */
  readonly pubkeys: readonly Pubkey[];
  /** It does not hold this one. */
  readonly stranger: Pubkey;
  /** At least two, each with a root of its own. */
  readonly messages: readonly {readonly signingRoot: Root}[];
  readonly isSignature: (pubkey: Pubkey, signingRoot: Root, signature: Signature) => boolean;
  readonly remove: (pubkeys: readonly Pubkey[]) => Promise<void>;
  /** Gives it one of `pubkeys` again. */
  readonly addAgain: (pubkey: Pubkey) => void;
}

/** More than a signer does at once, whatever does its work. */
const AT_ONCE = 60;

type Message = SignerUnderTest["messages"][number];

const sign = ({signer}: SignerUnderTest, pubkey: Pubkey, message: Message): Promise<Signature> =>
  signer.sign(pubkey, message as never);

function assertSigned({isSignature}: SignerUnderTest, pubkey: Pubkey, message: Message, signature: Signature): void {
  assert.equal(signature.length, SIGNATURE_SIZE_BYTES);
  assert.ok(isSignature(pubkey, message.signingRoot, signature), `${pubkey} did not sign ${message.signingRoot}`);
}

const firstOf = <T>(items: readonly T[]): T => items[0] as T;

/** Every key with every message, over and over. */
function manyWishes({pubkeys, messages}: SignerUnderTest): {pubkey: Pubkey; message: Message}[] {
  const all = pubkeys.flatMap((pubkey) => messages.map((message) => ({pubkey, message})));
  return Array.from({length: AT_ONCE}, (_, at) => all[at % all.length] as (typeof all)[number]);
}

export const SIGNER_CHECKS: readonly ContractCheck<SignerUnderTest>[] = [
  {
    name: "holds its keys and no others",
    run: ({signer, pubkeys, stranger}) => {
      for (const pubkey of pubkeys) assert.equal(signer.holds(pubkey), true);
      assert.equal(signer.holds(stranger), false);
    },
  },
  {
    name: "signs each message with each key",
    run: async (subject) => {
      for (const pubkey of subject.pubkeys) {
        for (const message of subject.messages) {
          assertSigned(subject, pubkey, message, await sign(subject, pubkey, message));
        }
      }
    },
  },
  {
    name: "gives each of many wishes its own signature",
    run: async (subject) => {
      const wishes = manyWishes(subject);
      const signatures = await Promise.all(wishes.map(({pubkey, message}) => sign(subject, pubkey, message)));
      for (const [at, {pubkey, message}] of wishes.entries()) {
        assertSigned(subject, pubkey, message, signatures[at] as Signature);
      }
    },
  },
  {
    name: "rejects for a key that it does not hold, and signs on",
    run: async (subject) => {
      const {stranger, pubkeys, messages} = subject;
      const message = firstOf(messages);
      await assert.rejects(sign(subject, stranger, message));
      const pubkey = firstOf(pubkeys);
      assertSigned(subject, pubkey, message, await sign(subject, pubkey, message));
    },
  },
  {
    name: "does not hold a removed key, from the call on",
    run: async (subject) => {
      const [removed, kept] = subject.pubkeys as [Pubkey, Pubkey];
      const removal = subject.remove([removed]);
      assert.deepEqual(
        [removed, kept].map((pubkey) => subject.signer.holds(pubkey)),
        [false, true],
      );
      await assert.rejects(sign(subject, removed, firstOf(subject.messages)));
      await removal;
    },
  },
  {
    name: "has no signature of a removed key under way",
    run: async (subject) => {
      const removed = firstOf(subject.pubkeys);
      let underWay = 0;
      const wishes = manyWishes(subject).map(async ({pubkey, message}) => {
        if (pubkey === removed) underWay++;
        const signature = await sign(subject, pubkey, message).catch((error: unknown) => {
          assert.equal(pubkey, removed, `a key that stays was not signed with: ${error}`);
          return null;
        });
        if (signature !== null) assertSigned(subject, pubkey, message, signature);
        if (pubkey === removed) underWay--;
      });
      await subject.remove([removed]);
      // What was settled before is told in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(underWay, 0);
      await Promise.all(wishes);
    },
  },
  {
    name: "signs again with a key that was removed and added",
    run: async (subject) => {
      const pubkey = firstOf(subject.pubkeys);
      const message = firstOf(subject.messages);
      await subject.remove([pubkey]);
      subject.addAgain(pubkey);
      assert.equal(subject.signer.holds(pubkey), true);
      // Enough of them to reach whoever does the work.
      const signatures = await Promise.all(Array.from({length: AT_ONCE}, () => sign(subject, pubkey, message)));
      for (const signature of signatures) assertSigned(subject, pubkey, message, signature);
    },
  },
];

/** What everything that signs has to do. */
export const signerContract = contractOf(SIGNER_CHECKS);
