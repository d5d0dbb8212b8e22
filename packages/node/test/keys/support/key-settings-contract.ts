import assert from "node:assert/strict";
import type {ExecutionAddress, ProposerSettings, Pubkey} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "@mote/testing";
import type {KeySettings} from "../../../src/keys/key-settings.ts";

export interface KeySettingsUnderTest extends UnderTest {
  readonly settings: KeySettings;
  readonly pubkey: Pubkey;
  /** A file says the gas limit of this key. */
  readonly fixedPubkey: Pubkey;
  /** In force for both where nothing was set. */
  readonly defaults: ProposerSettings;
  /** From now on nothing can be written. */
  readonly fillDisk: () => void;
}

const feeRecipient = `0x${"11".repeat(20)}` as ExecutionAddress;
const gasLimit = 36_000_000;
const graffiti = new Uint8Array(32).fill(0xff);

export const KEY_SETTINGS_CHECKS: readonly ContractCheck<KeySettingsUnderTest>[] = [
  {
    name: "puts in force what is set, setting by setting and key by key",
    run: async ({settings, pubkey, fixedPubkey, defaults}) => {
      assert.deepEqual(settings.effective(pubkey), defaults);
      await settings.set(pubkey, {feeRecipient});
      await settings.set(pubkey, {gasLimit, graffiti});
      assert.deepEqual(settings.effective(pubkey), {...defaults, feeRecipient, gasLimit, graffiti});
      assert.deepEqual(settings.effective(fixedPubkey), defaults);
    },
  },
  {
    name: "loses none of several changes at a time",
    run: async ({settings, pubkey, defaults}) => {
      await Promise.all([settings.set(pubkey, {feeRecipient}), settings.set(pubkey, {gasLimit})]);
      assert.deepEqual(settings.effective(pubkey), {...defaults, feeRecipient, gasLimit});
    },
  },
  {
    name: "gives one setting back, and tells when there is none",
    run: async ({settings, pubkey, defaults}) => {
      assert.equal(await settings.unset(pubkey, "gasLimit"), "not_set");
      await settings.set(pubkey, {gasLimit, graffiti});
      assert.equal(await settings.unset(pubkey, "gasLimit"), "removed");
      assert.deepEqual(settings.effective(pubkey), {...defaults, graffiti});
      assert.equal(await settings.unset(pubkey, "gasLimit"), "not_set");
    },
  },
  {
    name: "does not take away what a file says",
    run: async ({settings, fixedPubkey, defaults}) => {
      assert.equal(await settings.unset(fixedPubkey, "gasLimit"), "fixed");
      await settings.set(fixedPubkey, {gasLimit});
      assert.equal(await settings.unset(fixedPubkey, "gasLimit"), "removed");
      assert.equal(await settings.unset(fixedPubkey, "gasLimit"), "fixed");
      assert.deepEqual(settings.effective(fixedPubkey), defaults);
    },
  },
  {
    name: "forgets all of a key, and of no other",
    run: async ({settings, pubkey, fixedPubkey, defaults}) => {
      await settings.set(pubkey, {feeRecipient, gasLimit});
      await settings.set(fixedPubkey, {graffiti});
      await settings.forget([pubkey]);
      assert.deepEqual(settings.effective(pubkey), defaults);
      assert.deepEqual(settings.effective(fixedPubkey), {...defaults, graffiti});
    },
  },
  {
    name: "rejects what the disk refuses, and then nothing has changed",
    run: async ({settings, pubkey, defaults, fillDisk}) => {
      await settings.set(pubkey, {gasLimit});
      fillDisk();
      await assert.rejects(settings.set(pubkey, {feeRecipient}));
      await assert.rejects(settings.unset(pubkey, "gasLimit"));
      await assert.rejects(settings.forget([pubkey]));
      assert.deepEqual(settings.effective(pubkey), {...defaults, gasLimit});
    },
  },
];

export const keySettingsContract = contractOf(KEY_SETTINGS_CHECKS);
