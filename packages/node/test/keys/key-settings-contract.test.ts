import type {Pubkey} from "@mote/core";
import {FakeProposerSettings, override} from "@mote/testing";
import {declareFlaws} from "../../../testing/test/support/flaws.ts";
import {FileKeySettings} from "../../src/keys/file-key-settings.ts";
import type {KeySettings, KeySettingsPatch} from "../../src/keys/key-settings.ts";
import {FakeKeySettings} from "../http/keymanager/support/fake-key-settings.ts";
import {KEY_SETTINGS_CHECKS, type KeySettingsUnderTest, keySettingsContract} from "./support/key-settings-contract.ts";
import {MemoryStateFiles} from "./support/memory-state-files.ts";

const [pubkey, fixedPubkey] = ["a1", "b2"].map((byte) => `0x${byte.repeat(48)}` as Pubkey) as [Pubkey, Pubkey];
const PATH = "/data/validator-settings.json";
const defaults = new FakeProposerSettings().settingsOf(pubkey);

class FixedGasLimit extends FakeProposerSettings {
  fixes(of: Pubkey, setting: string): boolean {
    return of === fixedPubkey && setting === "gasLimit";
  }
}

async function file(): Promise<KeySettingsUnderTest> {
  const files = new MemoryStateFiles({path: PATH});
  const settings = await FileKeySettings.open({path: PATH}, {fixed: new FixedGasLimit(), files});
  const fillDisk = () => {
    files.failure = new Error("ENOSPC");
  };
  return {settings, pubkey, fixedPubkey, defaults, fillDisk};
}

function fake(flaw: (settings: FakeKeySettings) => Partial<KeySettings> = () => ({})): () => KeySettingsUnderTest {
  return () => {
    const settings = new FakeKeySettings();
    settings.fixedKeys.add(fixedPubkey);
    const fillDisk = () => {
      settings.failure = new Error("ENOSPC");
    };
    return {settings: override<KeySettings>(settings, flaw(settings)), pubkey, fixedPubkey, defaults, fillDisk};
  };
}

describe("FileKeySettings keeps the contract of its port", () => {
  keySettingsContract(file);
});

describe("FakeKeySettings keeps the contract of its port", () => {
  keySettingsContract(fake());
});

describe("the suite of KeySettings", () => {
  const replacesAll = fake((settings) => ({
    set: async (of, patch) => {
      await settings.forget([of]);
      await settings.set(of, patch);
    },
  }));
  const overlaps = fake(() => {
    const own = new Map<Pubkey, KeySettingsPatch>();
    return {
      effective: (of) => ({...defaults, ...own.get(of)}),
      set: async (of, patch) => {
        const before = own.get(of);
        await new Promise((resolve) => setImmediate(resolve));
        own.set(of, {...before, ...patch});
      },
    };
  });
  const forgetsTooMuch = fake((settings) => ({
    unset: async (of, setting) => {
      const result = await settings.unset(of, setting);
      await settings.forget([of]);
      return result;
    },
  }));

  declareFlaws(KEY_SETTINGS_CHECKS, {
    "puts in force what is set, setting by setting and key by key": replacesAll,
    "loses none of several changes at a time": overlaps,
    "gives one setting back, and tells when there is none": forgetsTooMuch,
    "does not take away what a file says": fake((settings) => ({
      unset: async (of, setting) => {
        const result = await settings.unset(of, setting);
        return result === "fixed" ? "removed" : result;
      },
    })),
    "forgets all of a key, and of no other": fake((settings) => ({
      forget: (pubkeys) => settings.forget([...pubkeys, fixedPubkey]),
    })),
    "rejects what the disk refuses, and then nothing has changed": fake((settings) => ({
      set: (of, patch) => settings.set(of, patch).catch(() => {}),
    })),
  });
});
