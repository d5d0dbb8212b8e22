import {verifySignature} from "@mote/consensus";
import {FakeLog, type SignerUnderTest, signerContract} from "@mote/testing";
import {openKeyRing} from "../../src/signers/key-ring.ts";
import {LocalSigner} from "../../src/signers/local-signer.ts";
import type {OwnKeysSigner} from "../../src/signers/signer.ts";
import {ThreadedSigner} from "../../src/signers/threaded-signer.ts";
import {Web3Signer} from "../../src/signers/web3signer/web3signer.ts";
import {config} from "../gate-fixture.ts";
import {attestationOf} from "./support/messages.ts";
import {pubkeys, realClock, sayWhenUnjudged, secretKeys, startFake, stranger} from "./support/remote.ts";

const known = {
  pubkeys,
  stranger: stranger.pubkey,
  messages: [attestationOf(config, 20), attestationOf(config, 21)],
  isSignature: verifySignature,
};

const ownKeys = (signer: OwnKeysSigner): SignerUnderTest => ({
  ...known,
  signer,
  remove: (removed) => signer.remove(removed),
  addAgain: (pubkey) => signer.add(secretKeys.filter((key) => key.pubkey === pubkey)),
  close: () => signer.close(),
});

const components = () => ({clock: realClock, log: new FakeLog()});

describe("contract of signers", () => {
  sayWhenUnjudged();
  describe("LocalSigner", () => signerContract(() => ownKeys(new LocalSigner({secretKeys}))));

  describe("ThreadedSigner", () => signerContract(() => ownKeys(new ThreadedSigner({secretKeys}))));

  describe("Web3Signer", () =>
    signerContract(async () => {
      const fake = await startFake();
      const signer = new Web3Signer({url: fake.url}, components());
      signer.add(pubkeys);
      return {
        ...known,
        signer,
        remove: (removed) => signer.remove(removed),
        addAgain: (pubkey) => signer.add([pubkey]),
        close: async () => {
          signer.close();
          await fake.close();
        },
      };
    }));

  describe("KeyRing, two keys here and one at a remote signer", () => signerContract(() => ringUnderTest([0, 1])));
  describe("KeyRing, one key here and two at a remote signer", () => signerContract(() => ringUnderTest([2])));
});

async function ringUnderTest(here: readonly number[]): Promise<SignerUnderTest> {
  const fake = await startFake();
  const ring = openKeyRing({slotsPerEpoch: 8, cores: 1}, components());
  const add = (indices: readonly number[]) => {
    ring.addLocal(secretKeys.filter((_, at) => indices.includes(at) && here.includes(at)));
    const remote = pubkeys.filter((_, at) => indices.includes(at) && !here.includes(at));
    ring.addRemote(remote.map((pubkey) => ({pubkey, url: fake.url})));
  };
  add([0, 1, 2]);
  return {
    ...known,
    signer: ring,
    remove: (removed) => ring.remove(removed),
    addAgain: (pubkey) => add([pubkeys.indexOf(pubkey)]),
    close: async () => {
      await ring.close();
      await fake.close();
    },
  };
}
