import {slashingProtectionContract} from "@mote/testing";
import {declareOfficialVectors} from "../support/eip-3076-vectors.ts";
import {declareHistoryProperties} from "../support/history-properties.ts";
import {postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

describeWithPostgres("PostgresSlashingProtection", (server) => {
  slashingProtectionContract((init) => postgresStore(server(), init));
  declareOfficialVectors((init) => postgresStore(server(), init));
  describe("random histories against the naive rule", () => {
    declareHistoryProperties((init) => postgresStore(server(), init), {runs: 8});
  });
});
