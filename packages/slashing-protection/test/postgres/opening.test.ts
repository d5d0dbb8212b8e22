import assert from "node:assert/strict";
import {chmod, mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {setTimeout as pause} from "node:timers/promises";
import {inspect} from "node:util";
import {KEY, testRoot, testVote} from "@mote/testing";
import {
  DamagedStoreError,
  ProtectionStoreError,
  ProtectionStoreMissingError,
  ProtectionStoreNotDurableError,
  ProtectionStoreNotWritableError,
  ProtectionStoreUnreachableError,
  UnknownSchemaVersionError,
  WrongChainError,
} from "../../src/index.ts";
import {openPostgresSlashingProtection, type PostgresSlashingProtectionInit} from "../../src/postgres/index.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithOwnPostgres, describeWithPostgres} from "../support/shared-postgres.ts";

describeWithPostgres("opening the shared store", (server) => {
  let store: PostgresStore;

  beforeEach(async () => {
    store = await postgresStore(server());
  });
  afterEach(() => store.destroy());

  const rejects = async (
    change: Partial<PostgresSlashingProtectionInit>,
    kind: abstract new (...args: never[]) => Error,
    told = /./,
  ): Promise<void> => {
    await assert.rejects(openPostgresSlashingProtection({...store.init, ...change}), (error) => {
      assert(error instanceof kind, String(error));
      assert.match(error.message, told);
      assert(error instanceof ProtectionStoreError);
      assert.doesNotMatch(inspect(error, {depth: 10, showHidden: false}), /batter[yY]/, "the password is shown");
      return true;
    });
  };

  it("refuses a database without tables when they must exist, and makes none", async () => {
    await rejects({mustExist: true}, ProtectionStoreMissingError, /--init-slashing-protection/);
    assert.deepEqual(await server().query(`SELECT 1 FROM pg_tables WHERE schemaname = '${store.schema}'`), []);
    await (await store.open()).close();
    await (await openPostgresSlashingProtection({...store.init, mustExist: true})).close();
  });

  it("refuses another chain's, naming both", async () => {
    await (await store.open()).close();
    await rejects({genesisValidatorsRoot: testRoot(43)}, WrongChainError, new RegExp(testRoot(43)));
  });

  it("refuses an unknown schema version", async () => {
    await (await store.open()).close();
    await server().query("UPDATE mote_protection_facts SET value = '7' WHERE name = 'schema_version'", store.schema);
    await rejects({}, UnknownSchemaVersionError, /version 7/);
  });

  it("refuses tables that hold records and do not say whose", async () => {
    const protection = await store.open();
    await protection.recordAttestation(KEY, testVote(1, 2));
    await protection.close();
    await server().query("DELETE FROM mote_protection_facts", store.schema);
    await rejects({}, DamagedStoreError);
  });

  it("is done by many nodes at once on an empty database", async () => {
    const nodes = await Promise.all(Array.from({length: 6}, () => store.open()));
    const verdicts = await Promise.all(nodes.map((node, n) => node.recordAttestation(KEY, testVote(1, 2, n))));
    assert.equal(verdicts.filter(({kind}) => kind === "accepted").length, 1);
    await Promise.all(nodes.map((node) => node.close()));
  });

  const withDefault = async (setting: string, check: () => Promise<void>): Promise<void> => {
    await server().query(`ALTER ROLE ${server().user} SET ${setting}`);
    try {
      await check();
    } finally {
      await server().query(`ALTER ROLE ${server().user} RESET ${setting.split(" ")[0]}`);
    }
  };

  for (const value of ["off", "local", "remote_write"]) {
    it(`refuses synchronous_commit = ${value}`, () =>
      withDefault(`synchronous_commit = ${value}`, () =>
        rejects({}, ProtectionStoreNotDurableError, new RegExp(`synchronous_commit = ${value}`)),
      ));
  }

  it("keeps synchronous_commit on in its sessions when the server's configuration changes", async () => {
    const protection = await store.open();
    await protection.recordAttestation(KEY, testVote(1, 2));
    await server().query(
      `CREATE TABLE seen (setting text);
      CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW;
      END $$;
      CREATE TRIGGER look BEFORE INSERT ON mote_protection_votes FOR EACH ROW EXECUTE FUNCTION look()`,
      store.schema,
    );
    await server().query("ALTER SYSTEM SET synchronous_commit = off");
    try {
      await server().query("SELECT pg_reload_conf()");
      while ((await server().query("SHOW synchronous_commit"))[0]?.synchronous_commit !== "off") await pause(20);
      assert.equal((await protection.recordAttestation(KEY, testVote(2, 3))).kind, "accepted");
      assert.deepEqual(await server().query("SELECT setting FROM seen", store.schema), [{setting: "on"}]);
      await rejects({}, ProtectionStoreNotDurableError);
    } finally {
      await server().query("ALTER SYSTEM RESET synchronous_commit");
      await server().query("SELECT pg_reload_conf()");
      await protection.close();
    }
  });

  it("refuses to write where it cannot", async () => {
    // Set in the URL, since the role's own default would also stop the test from taking it back.
    const url = store.init.url.replace("options=", "options=-cdefault_transaction_read_only%3Don%20");
    await rejects({url}, ProtectionStoreNotWritableError, /primary/);
  });

  it("refuses a user without the rights to write", async () => {
    await (await store.open()).close();
    await server().query(
      `CREATE ROLE reader LOGIN PASSWORD 'battery'; GRANT USAGE ON SCHEMA ${store.schema} TO reader;
      GRANT SELECT ON ALL TABLES IN SCHEMA ${store.schema} TO reader`,
    );
    try {
      const url = store.init.url.replace(/\/\/.*@/, "//reader:battery@");
      await rejects(
        {url},
        ProtectionStoreNotWritableError,
        /does not let this user write.*SELECT, INSERT, UPDATE and DELETE/,
      );
      await server().query(`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${store.schema} TO reader`);
      const protection = await openPostgresSlashingProtection({...store.init, url});
      assert.equal((await protection.recordAttestation(KEY, testVote(1, 2))).kind, "accepted");
      await protection.close();
    } finally {
      await server().query("DROP OWNED BY reader; DROP ROLE reader");
    }
  });

  it("says that a password is missing", async () => {
    const url = store.init.url.replace(/:[^:@/]*@/, "@");
    await rejects({url}, ProtectionStoreError, /asks for a password, and none was given/);
  });

  it("names what it cannot reach, without credentials", async () => {
    const {url} = store.init;
    const gone = url.replace(`:${server().port}/`, ":1/");
    await rejects({url: gone}, ProtectionStoreUnreachableError, /postgres:\/\/\*\*\*@127\.0\.0\.1:1\/….*ECONNREFUSED/);
    await rejects({url: url.replace("/postgres?", "/nowhere?")}, ProtectionStoreUnreachableError, /3D000/);
    await rejects({url: url.replace("battery", "batterY")}, ProtectionStoreUnreachableError, /28P01/);
    await rejects({url: url.replace("postgres://", "mysql://")}, ProtectionStoreError, /postgres:\/\/user@host/);
    await rejects({url: url.replace("127.0.0.1", "127.0.0.1:x")}, ProtectionStoreError, /not usable/);
    await rejects({url: `${url}&sslrootcert=/nonexistent.pem`}, ProtectionStoreError, /nonexistent/);
  });

  it("does not go on without TLS when TLS is asked for", async () => {
    await rejects({url: `${store.init.url}&sslmode=verify-full`}, ProtectionStoreUnreachableError, /SSL/);
  });

  describe("with the password in a file", () => {
    let folder: string;
    let passwordFile: string;
    let url: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "mote-password-"));
      passwordFile = join(folder, "password");
      url = store.init.url.replace(/:[^:@/]*@/, "@");
    });
    afterEach(() => rm(folder, {recursive: true, force: true}));

    it("opens", async () => {
      await writeFile(passwordFile, `${server().password}\n`, {mode: 0o600});
      await (await openPostgresSlashingProtection({...store.init, url, passwordFile})).close();
    });

    it("refuses a file that is missing, empty, long, of two lines, or everybody's", async () => {
      await rejects({url, passwordFile}, ProtectionStoreError, /ENOENT/);
      for (const text of ["", "\n", "one\ntwo\n", "x".repeat(5000)]) {
        await writeFile(passwordFile, text, {mode: 0o600});
        await rejects({url, passwordFile}, ProtectionStoreError, /password file/);
      }
      await writeFile(passwordFile, server().password);
      await chmod(passwordFile, 0o644);
      await rejects({url, passwordFile}, ProtectionStoreError, /chmod 600/);
    });
  });
});

describeWithOwnPostgres("opening the shared store on a server with fsync off", {settings: {fsync: "off"}}, (server) => {
  it("is refused by name", async () => {
    const store = await postgresStore(server());
    await assert.rejects(store.open(), ProtectionStoreNotDurableError);
    await store.destroy();
  });
});
