import type {Root} from "@mote/core";
import {type ProtectionStoreUnderTest, TEST_GENESIS_VALIDATORS_ROOT} from "@mote/testing";
import {
  openPostgresSlashingProtection,
  type PostgresSlashingProtection,
  type PostgresSlashingProtectionComponents,
  type PostgresSlashingProtectionInit,
} from "../../src/postgres/index.ts";
import type {EmbeddedPostgres} from "./embedded-postgres.ts";

export interface PostgresStore extends ProtectionStoreUnderTest {
  readonly init: PostgresSlashingProtectionInit;
  readonly schema: string;
  open(): Promise<PostgresSlashingProtection>;
  another(): Promise<PostgresStore>;
}

/** A store in a schema of its own that `destroy` drops. */
export async function postgresStore(
  server: EmbeddedPostgres,
  init: {readonly genesisValidatorsRoot?: Root; readonly retainEpochs?: number; readonly port?: number} = {},
  components: PostgresSlashingProtectionComponents = {},
): Promise<PostgresStore> {
  const schema = await server.createSchema();
  const storeInit = {
    url: server.url(schema, init.port),
    genesisValidatorsRoot: init.genesisValidatorsRoot ?? TEST_GENESIS_VALIDATORS_ROOT,
    retainEpochs: init.retainEpochs ?? 512,
  };
  return {
    init: storeInit,
    schema,
    open: () => openPostgresSlashingProtection(storeInit, components),
    another: () => postgresStore(server, init, components),
    destroy: async () => {
      await server.query(`DROP SCHEMA ${schema} CASCADE`);
    },
  };
}
