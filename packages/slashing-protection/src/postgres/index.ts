export {
  openPostgresSlashingProtection,
  type PostgresSlashingProtection,
  type PostgresSlashingProtectionComponents,
  type PostgresSlashingProtectionInit,
} from "./postgres-slashing-protection.ts";
export type {DatabaseState} from "./sessions.ts";
