import type {Pubkey} from "@mote/core";
import {override} from "@mote/testing";
import {declareFlaws} from "../../../testing/test/support/flaws.ts";
import type {ValidatorKeys} from "../../src/keys/validator-keys.ts";
import {FakeValidatorKeys} from "../http/keymanager/support/fake-validator-keys.ts";
import {KeysWorld, keystoreOf, pubkeyOf} from "./support/keys-world.ts";
import {
  VALIDATOR_KEYS_CHECKS,
  type ValidatorKeysUnderTest,
  validatorKeysContract,
} from "./support/validator-keys-contract.ts";

async function running(): Promise<ValidatorKeysUnderTest> {
  const world = await KeysWorld.open();
  const pubkeys = [pubkeyOf(1), pubkeyOf(2), pubkeyOf(3)] as const;
  const numberOf = (pubkey: Pubkey) => pubkeys.indexOf(pubkey) + 1;
  return {
    keys: world.keys,
    pubkeys,
    keystoreOf: (pubkey, password) => keystoreOf(numberOf(pubkey), password === null ? "another one" : undefined),
    sign: async (pubkey) => {
      const outcome = await world.votes(numberOf(pubkey), 5);
      if (outcome !== "signed") throw new Error(outcome);
    },
    close: () => world.close(),
  };
}

const [ONE, OTHER, THIRD] = ["c1", "c2", "c3"].map((byte) => `0x${byte.repeat(48)}` as Pubkey) as [
  Pubkey,
  Pubkey,
  Pubkey,
];

function fake(flaw: (keys: FakeValidatorKeys) => Partial<ValidatorKeys> = () => ({})): () => ValidatorKeysUnderTest {
  return () => {
    const keys = new FakeValidatorKeys();
    return {
      keys: override<ValidatorKeys>(keys, flaw(keys)),
      pubkeys: [ONE, OTHER, THIRD],
      keystoreOf: async (pubkey, password) => ({
        text: JSON.stringify({pubkey}),
        password: password === null ? "another one" : FakeValidatorKeys.password,
      }),
      sign: async (pubkey) => void keys.records.add(pubkey),
    };
  };
}

describe("RunningValidatorKeys keeps the contract of its port", function () {
  this.timeout(30_000);
  validatorKeysContract(running);
});

describe("FakeValidatorKeys keeps the contract of its port", () => {
  validatorKeysContract(fake());
});

describe("the suite of ValidatorKeys", () => {
  const deletesTwice = fake((keys) => ({
    deleteKeystores: async (pubkeys) => {
      const {results, slashingProtection} = await keys.deleteKeystores(pubkeys);
      return {results: results.map(() => ({status: "deleted"})), slashingProtection};
    },
  }));
  const handsOutAll = fake((keys) => ({
    deleteKeystores: async (pubkeys) => {
      const {results} = await keys.deleteKeystores(pubkeys);
      const data = [...keys.records].map((pubkey) => ({pubkey}));
      return {results, slashingProtection: JSON.stringify({data})};
    },
  }));
  const importsAll = fake((keys) => ({
    importKeystores: async (keystores, interchange) =>
      (await keys.importKeystores(keystores, interchange)).map(() => ({status: "imported"})),
  }));
  const importsOnce = fake((keys) => {
    const known = new Set<string>();
    return {
      importKeystores: async (keystores, interchange) => {
        const again = keystores.filter(({text}) => known.has(text));
        for (const {text} of keystores) known.add(text);
        const results = await keys.importKeystores(keystores, interchange);
        return again.length > 0 ? keystores.map(() => ({status: "duplicate"})) : results;
      },
    };
  });

  declareFlaws(VALIDATOR_KEYS_CHECKS, {
    "imports keystore by keystore, in the order of the request": importsAll,
    "calls a keystore a duplicate whose key signs here already": importsAll,
    "carries out one request after another": importsAll,
    "takes in no key when the interchange is refused": fake((keys) => ({
      importKeystores: (keystores) => keys.importKeystores(keystores, null),
    })),
    "has one signer for each key": fake((keys) => ({
      importRemoteKeys: async (items) => {
        for (const {pubkey, url} of items) keys.remote.set(pubkey, {pubkey, url, isReadOnly: false});
        return items.map(() => ({status: "imported"}));
      },
    })),
    "deletes what it has, once, and tells what has records from what is unknown": deletesTwice,
    "hands out the records of what it deleted, then and later": handsOutAll,
    "hands out no records of a key with which a remote signer signs here": handsOutAll,
    "takes a deleted key back": importsOnce,
    "deletes remote keys, and no others": fake((keys) => ({
      deleteRemoteKeys: async (pubkeys) => {
        for (const pubkey of pubkeys) keys.local.delete(pubkey);
        return await keys.deleteRemoteKeys(pubkeys);
      },
    })),
    "signs an exit for the epoch that is asked for, with a key that is here": fake((keys) => ({
      signVoluntaryExit: (pubkey) => keys.signVoluntaryExit(pubkey, null),
    })),
  });
});
