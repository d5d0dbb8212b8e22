import assert from "node:assert/strict";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {KEY, testVote} from "@mote/testing";
import {ProtectionStoreUnreachableError} from "../../src/index.ts";
import {openPostgresSlashingProtection} from "../../src/postgres/index.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithOwnPostgres} from "../support/shared-postgres.ts";
import {OTHER_CERTIFICATE, SERVER_CERTIFICATE, SERVER_KEY} from "../support/test-certificates.ts";

describeWithOwnPostgres(
  "the shared store over TLS",
  {
    settings: {ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key"},
    files: {"server.crt": SERVER_CERTIFICATE, "server.key": SERVER_KEY},
  },
  (server) => {
    let folder: string;
    let store: PostgresStore;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "mote-tls-"));
      store = await postgresStore(server());
    });
    afterEach(async () => {
      await store.destroy();
      await rm(folder, {recursive: true, force: true});
    });

    const trusting = async (certificate: string) => {
      const path = join(folder, "root.crt");
      await writeFile(path, certificate);
      return {...store.init, url: `${store.init.url}&sslmode=verify-full&sslrootcert=${encodeURIComponent(path)}`};
    };

    it("works with the certificate that it was told to trust", async () => {
      const protection = await openPostgresSlashingProtection(await trusting(SERVER_CERTIFICATE));
      assert.equal((await protection.recordAttestation(KEY, testVote(1, 2))).kind, "accepted");
      const [used] = await server().query(
        "SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'mote'",
      );
      assert.deepEqual(used, {ssl: true});
      await protection.close();
    });

    it("checks it also where the URL asks for less, and prints nothing of that", async () => {
      const warnings: Error[] = [];
      const note = (warning: Error) => warnings.push(warning);
      process.on("warning", note);
      const {url, ...init} = await trusting(OTHER_CERTIFICATE);
      for (const mode of ["prefer", "require", "verify-ca"]) {
        const lax = {...init, url: url.replace("verify-full", mode)};
        await assert.rejects(openPostgresSlashingProtection(lax), ProtectionStoreUnreachableError);
      }
      process.removeListener("warning", note);
      assert.deepEqual(warnings, []);
    });

    it("refuses any other", async () => {
      await assert.rejects(
        openPostgresSlashingProtection(await trusting(OTHER_CERTIFICATE)),
        ProtectionStoreUnreachableError,
      );
    });
  },
);
