import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Root} from "@mote/core";
import {type ProtectionStoreUnderTest, TEST_GENESIS_VALIDATORS_ROOT} from "@mote/testing";
import {
  type LevelSlashingProtectionComponents,
  type LevelSlashingProtectionInit,
  openLevelSlashingProtection,
} from "../../src/index.ts";

export interface TemporaryStore extends ProtectionStoreUnderTest {
  readonly init: LevelSlashingProtectionInit;
  another(): Promise<TemporaryStore>;
}

/** A store in a directory of its own that `destroy` removes. */
export async function temporaryStore(
  init: {readonly genesisValidatorsRoot?: Root; readonly retainEpochs?: number} = {},
  components: LevelSlashingProtectionComponents = {},
): Promise<TemporaryStore> {
  const directory = await mkdtemp(join(tmpdir(), "mote-slashing-protection-"));
  const storeInit = {
    path: join(directory, "slashing-protection"),
    genesisValidatorsRoot: init.genesisValidatorsRoot ?? TEST_GENESIS_VALIDATORS_ROOT,
    retainEpochs: init.retainEpochs ?? 512,
  };
  return {
    init: storeInit,
    open: () => openLevelSlashingProtection(storeInit, components),
    another: () => temporaryStore(init, components),
    destroy: () => rm(directory, {recursive: true, force: true}),
  };
}
