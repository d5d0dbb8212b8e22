import type {Root, SlashingProtection} from "@mote/core";
import {MemoryHistory} from "./memory-history.ts";
import {MemorySlashingProtection} from "./memory-slashing-protection.ts";
import type {NewProtectionStore, ProtectionStoreUnderTest} from "./protection-trial.ts";

/** One opening of a store in memory. */
export interface MemoryOpening {
  readonly sound: MemorySlashingProtection;
  /** What all openings of the store share; may be changed at will. */
  readonly history: MemoryHistory;
  /** What the store was asked to retain; by itself it forgets nothing. */
  readonly retainEpochs: number;
}

/** Stores in memory. `change` makes something else of each opening: a store with a flaw, or one that forgets. */
export function memoryStores(
  change: (opening: MemoryOpening) => SlashingProtection = ({sound}) => sound,
): NewProtectionStore {
  const newStore = async (
    init: {readonly genesisValidatorsRoot?: Root; readonly retainEpochs?: number} = {},
  ): Promise<ProtectionStoreUnderTest> => {
    const history = new MemoryHistory(init);
    const retainEpochs = init.retainEpochs ?? Number.MAX_SAFE_INTEGER;
    return {
      open: async () => change({sound: new MemorySlashingProtection({history}), history, retainEpochs}),
      another: () => newStore(init),
      destroy: async () => {},
    };
  };
  return newStore;
}
