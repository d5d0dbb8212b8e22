import assert from "node:assert/strict";
import type {Pubkey} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "@mote/testing";
import {
  type DeletedKeys,
  InterchangeRefusedError,
  type KeystoreToImport,
  type ValidatorKeys,
} from "../../../src/keys/validator-keys.ts";

export interface ValidatorKeysUnderTest extends UnderTest {
  readonly keys: ValidatorKeys;
  /** Of active validators. None of them is here, and none has signed. */
  readonly pubkeys: readonly [Pubkey, Pubkey, Pubkey];
  /** Null: with a password that does not open it. */
  readonly keystoreOf: (pubkey: Pubkey, password?: null) => Promise<KeystoreToImport>;
  /** A vote of a key that is in service. */
  readonly sign: (pubkey: Pubkey) => Promise<void>;
}

const URL = "http://127.0.0.1:9000";

const statusesOf = (results: readonly {readonly status: string}[]) => results.map(({status}) => status);
const namedBy = ({slashingProtection}: DeletedKeys): string[] =>
  (JSON.parse(slashingProtection) as {data: {pubkey: string}[]}).data.map(({pubkey}) => pubkey);

async function imports({keys, keystoreOf}: ValidatorKeysUnderTest, ...pubkeys: readonly Pubkey[]): Promise<string[]> {
  const keystores = await Promise.all(pubkeys.map((pubkey) => keystoreOf(pubkey)));
  return statusesOf(await keys.importKeystores(keystores, null));
}

const importsRemote = async ({keys}: ValidatorKeysUnderTest, ...pubkeys: readonly Pubkey[]): Promise<string[]> =>
  statusesOf(await keys.importRemoteKeys(pubkeys.map((pubkey) => ({pubkey, url: URL}))));

const localIn = ({keys}: ValidatorKeysUnderTest) => keys.localKeys().map(({pubkey}) => pubkey);

export const VALIDATOR_KEYS_CHECKS: readonly ContractCheck<ValidatorKeysUnderTest>[] = [
  {
    name: "imports keystore by keystore, in the order of the request",
    run: async (subject) => {
      const [one, other, third] = subject.pubkeys;
      const keystores = [await subject.keystoreOf(one), await subject.keystoreOf(other, null)];
      const results = await subject.keys.importKeystores([...keystores, await subject.keystoreOf(third)], null);
      assert.deepEqual(statusesOf(results), ["imported", "error", "imported"]);
      assert.deepEqual(localIn(subject), [one, third]);
      assert.deepEqual(
        subject.pubkeys.map((pubkey) => subject.keys.holds(pubkey)),
        [true, false, true],
      );
    },
  },
  {
    name: "calls a keystore a duplicate whose key signs here already",
    run: async (subject) => {
      const [one] = subject.pubkeys;
      assert.deepEqual(await imports(subject, one, one), ["imported", "duplicate"]);
      assert.deepEqual(await imports(subject, one), ["duplicate"]);
      assert.deepEqual(localIn(subject), [one]);
    },
  },
  {
    name: "carries out one request after another",
    run: async (subject) => {
      const [one] = subject.pubkeys;
      const both = await Promise.all([imports(subject, one), imports(subject, one)]);
      assert.deepEqual(both, [["imported"], ["duplicate"]]);
    },
  },
  {
    name: "takes in no key when the interchange is refused",
    run: async (subject) => {
      const [one] = subject.pubkeys;
      const keystores = [await subject.keystoreOf(one)];
      await assert.rejects(subject.keys.importKeystores(keystores, {}), (error) => {
        assert.ok(error instanceof InterchangeRefusedError, `${error}`);
        return true;
      });
      assert.equal(subject.keys.holds(one), false);
    },
  },
  {
    name: "has one signer for each key",
    run: async (subject) => {
      const [one, other] = subject.pubkeys;
      await imports(subject, one);
      assert.deepEqual(await importsRemote(subject, other, one, other), ["imported", "error", "duplicate"]);
      assert.deepEqual(await imports(subject, other), ["error"]);
      assert.deepEqual(localIn(subject), [one]);
      assert.deepEqual(subject.keys.remoteKeys(), [{pubkey: other, url: URL, isReadOnly: false}]);
    },
  },
  {
    name: "deletes what it has, once, and tells what has records from what is unknown",
    run: async (subject) => {
      const [one, other, third] = subject.pubkeys;
      await imports(subject, one, other);
      await subject.sign(one);
      const remove = async (...pubkeys: Pubkey[]) => statusesOf((await subject.keys.deleteKeystores(pubkeys)).results);
      assert.deepEqual(await remove(one, third, one, other), ["deleted", "not_found", "not_active", "deleted"]);
      assert.deepEqual([localIn(subject), subject.keys.holds(one)], [[], false]);
      assert.deepEqual(await remove(one, other), ["not_active", "not_found"]);
    },
  },
  {
    name: "hands out the records of what it deleted, then and later",
    run: async (subject) => {
      const [one, other, third] = subject.pubkeys;
      await imports(subject, one, other);
      await subject.sign(one);
      await subject.sign(other);
      assert.deepEqual(namedBy(await subject.keys.deleteKeystores([one, third])), [one]);
      assert.deepEqual(namedBy(await subject.keys.deleteKeystores([one])), [one]);
    },
  },
  {
    name: "hands out no records of a key with which a remote signer signs here",
    run: async (subject) => {
      const [one] = subject.pubkeys;
      await imports(subject, one);
      await subject.sign(one);
      await subject.keys.deleteKeystores([one]);
      await importsRemote(subject, one);
      const deleted = await subject.keys.deleteKeystores([one]);
      assert.deepEqual([statusesOf(deleted.results), namedBy(deleted)], [["error"], []]);
      assert.ok(subject.keys.holds(one));
    },
  },
  {
    name: "takes a deleted key back",
    run: async (subject) => {
      const [one] = subject.pubkeys;
      await imports(subject, one);
      await subject.keys.deleteKeystores([one]);
      assert.deepEqual(await imports(subject, one), ["imported"]);
      await subject.sign(one);
    },
  },
  {
    name: "deletes remote keys, and no others",
    run: async (subject) => {
      const [one, other, third] = subject.pubkeys;
      await importsRemote(subject, one);
      await imports(subject, other);
      const results = await subject.keys.deleteRemoteKeys([third, one, other, one]);
      assert.deepEqual(statusesOf(results), ["not_found", "deleted", "not_found", "not_found"]);
      assert.deepEqual([subject.keys.remoteKeys(), localIn(subject)], [[], [other]]);
      assert.equal(subject.keys.holds(one), false);
    },
  },
  {
    name: "signs an exit for the epoch that is asked for, with a key that is here",
    run: async (subject) => {
      const [one, other] = subject.pubkeys;
      await imports(subject, one);
      const exit = await subject.keys.signVoluntaryExit(one, 3);
      assert.equal(exit.kind === "signed" && exit.message.epoch, 3);
      assert.equal((await subject.keys.signVoluntaryExit(other, 3)).kind, "refused");
    },
  },
];

export const validatorKeysContract = contractOf(VALIDATOR_KEYS_CHECKS);
