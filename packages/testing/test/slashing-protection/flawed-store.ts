import type {SlashingProtection} from "@mote/core";
import type {MemoryHistory} from "../../src/slashing-protection/memory-history.ts";
import type {MemorySlashingProtection} from "../../src/slashing-protection/memory-slashing-protection.ts";
import {memoryStores} from "../../src/slashing-protection/memory-store.ts";
import type {NewProtectionStore} from "../../src/slashing-protection/protection-trial.ts";
import {override} from "../support/flaws.ts";

/** Replaces methods of a sound protection in memory; `history` outlives its openings. */
export type Flaw = (sound: MemorySlashingProtection, history: MemoryHistory) => Partial<SlashingProtection>;

export const flawed = (flaw: Flaw): NewProtectionStore =>
  memoryStores(({sound, history}) => override<SlashingProtection>(sound, flaw(sound, history)));
