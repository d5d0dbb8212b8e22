import {EmbeddedPostgres, findPostgres, type ServerOptions} from "./embedded-postgres.ts";

/** So that a provoked deadlock is found soon. */
const SHARED_OPTIONS: ServerOptions = {settings: {deadlock_timeout: "100ms"}};

type Define = (server: () => EmbeddedPostgres) => void;

/** One server for all tests of the run that do not need one of their own: making a cluster takes seconds. */
let shared: Promise<EmbeddedPostgres> | null = null;

/** A worker runs several files, each as a run of its own: the next one must not be given a server that is gone. */
async function disposeShared(): Promise<void> {
  const server = shared;
  shared = null;
  await (await server)?.dispose();
}

/**
 * Defines tests that need a PostgreSQL server, as a `describe`; it is that of others too, so each test makes a schema. Where npm has no server
 * for this machine they are one pending test that says so.
 */
export function describeWithPostgres(title: string, define: Define): void {
  // Called for each file, not once for this module, which a worker loads once.
  after(disposeShared);
  describeWith(title, define, (native) => {
    shared ??= EmbeddedPostgres.start(native, SHARED_OPTIONS);
    return {starting: shared, dispose: async () => {}};
  });
}

/** The same on a server that no other tests use. */
export function describeWithOwnPostgres(title: string, options: ServerOptions, define: Define): void {
  describeWith(title, define, (native) => {
    const starting = EmbeddedPostgres.start(native, options);
    return {starting, dispose: async () => (await starting).dispose()};
  });
}

function describeWith(
  title: string,
  define: Define,
  start: (native: string) => {readonly starting: Promise<EmbeddedPostgres>; dispose(): Promise<void>},
): void {
  describe(title, function () {
    const native = findPostgres();
    if (native === null) {
      it(`NOT RUN: npm has no PostgreSQL server for ${process.platform}-${process.arch}`);
      return;
    }
    this.timeout(60_000);
    let server: EmbeddedPostgres | null = null;
    let dispose = async (): Promise<void> => {};

    before(async function () {
      this.timeout(120_000);
      const started = start(native);
      dispose = started.dispose;
      server = await started.starting;
    });
    after(() => dispose());
    define(() => {
      if (server === null) throw new Error("there is no server");
      return server;
    });
  });
}
