import type {SlashingProtection} from "@mote/core";
import type {StoreConfig} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {ProtectionStoreMissingError} from "@mote/slashing-protection";
import {type ChainChoice, chooseChain, missing, openStore, readNetworkRoot, readStoreRoot} from "./store.ts";

/** @throws {RefusedError} when there is no store @throws {ProtectionStoreError} when it cannot be opened */
export async function openExisting(
  config: StoreConfig,
): Promise<{readonly store: SlashingProtection; readonly chain: ChainChoice}> {
  const clock = new SystemClock();
  const readRoot = () => readStoreRoot(config, {clock});
  const chain = await chooseChain(config, {readNetworkRoot, readStoreRoot: readRoot, readFileRoot: null});
  const init = {genesisValidatorsRoot: chain.genesisValidatorsRoot, mustExist: true};
  try {
    return {store: await openStore(config, init, {clock}), chain};
  } catch (error) {
    if (error instanceof ProtectionStoreMissingError) throw missing(config.protectionStore);
    throw error;
  }
}
