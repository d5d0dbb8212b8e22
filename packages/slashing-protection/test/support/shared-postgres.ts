import {EmbeddedPostgres, findPostgres, type ServerOptions} from "./embedded-postgres.ts";

/** So that a provoked deadlock is found soon. */
const SHARED_OPTIONS: ServerOptions = {settings: {deadlock_timeout: "100ms"}};

/** One server for all tests of the process that do not need one of their own: making a cluster takes seconds. */
let shared: Promise<EmbeddedPostgres> | null = null;

after(async () => {
  await (await shared)?.dispose();
});

function startServer(native: string, own: ServerOptions | null): Promise<EmbeddedPostgres> {
  if (own !== null) return EmbeddedPostgres.start(native, own);
  shared ??= EmbeddedPostgres.start(native, SHARED_OPTIONS);
  return shared;
}

/**
 * Defines tests that need a PostgreSQL server, as a `describe`. Where npm has no server for this machine they are one pending test that
 * says so.
 * @param own for a server that no other tests use
 */
export function describeWithPostgres(
  title: string,
  define: (server: () => EmbeddedPostgres) => void,
  own: ServerOptions | null = null,
): void {
  describe(title, function () {
    const native = findPostgres();
    if (native === null) {
      it(`NOT RUN: npm has no PostgreSQL server for ${process.platform}-${process.arch}`);
      return;
    }
    this.timeout(60_000);
    let server: EmbeddedPostgres | null = null;

    before(async function () {
      this.timeout(120_000);
      server = await startServer(native, own);
    });
    after(async () => {
      if (own !== null) await server?.dispose();
    });
    define(() => {
      if (server === null) throw new Error("there is no server");
      return server;
    });
  });
}
