import assert from "node:assert/strict";
import {mkdir, rm, stat, writeFile} from "node:fs/promises";
import type {Pubkey, ValidatorInfo} from "@mote/core";
import {ExitError} from "../../src/exit-error.ts";
import {RemoteKeysFile} from "../../src/keys/remote-keys-file.ts";
import {DiskStateFiles} from "../../src/system/state-files.ts";
import {KeysWorld, pubkeyOf, SIGNER_URL} from "./support/keys-world.ts";

const OTHER_URL = "http://127.0.0.1:9001";

describe("remote keys of a running node", function () {
  this.timeout(30_000);
  let world: KeysWorld;
  beforeEach(async () => {
    world = await KeysWorld.open();
  });
  afterEach(() => world.close());

  const statuses = async (results: Promise<readonly {readonly status: string}[]>) =>
    (await results).map(({status}) => status);
  const add = (...indices: number[]) =>
    statuses(world.keys.importRemoteKeys(indices.map((index) => ({pubkey: pubkeyOf(index), url: `${SIGNER_URL}/`}))));
  const remove = (...indices: number[]) => statuses(world.keys.deleteRemoteKeys(indices.map(pubkeyOf)));
  const follow = (url: string, {added = [] as number[], removed = [] as number[]}) =>
    world.keys.followList(url, {added: added.map(pubkeyOf), removed: removed.map(pubkeyOf)});
  const inService = () => world.keys.remoteKeys().map(({pubkey, url}) => `${numberOf(pubkey)} ${url}`);
  const numberOf = (pubkey: string) => [0, 1, 2, 3, 4, 5].find((index) => pubkeyOf(index) === pubkey);

  it("are in service and in the file, for their owner alone, until they are deleted", async () => {
    await world.imports(3);
    assert.deepEqual(await add(1, 2, 1, 3), ["imported", "imported", "duplicate", "error"]);
    assert.deepEqual(world.keys.remoteKeys(), [
      {pubkey: pubkeyOf(1), url: SIGNER_URL, isReadOnly: false},
      {pubkey: pubkeyOf(2), url: SIGNER_URL, isReadOnly: false},
    ]);
    assert.deepEqual(await world.remoteKeysFile(), [
      {pubkey: pubkeyOf(1), url: SIGNER_URL},
      {pubkey: pubkeyOf(2), url: SIGNER_URL},
    ]);
    assert.equal((await stat(world.remoteKeysPath)).mode & 0o777, 0o600);
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest"), null);
    assert.deepEqual(await remove(1, 4), ["deleted", "not_found"]);
    assert.deepEqual(inService(), [`2 ${SIGNER_URL}`]);
    assert.deepEqual(await world.remoteKeysFile(), [{pubkey: pubkeyOf(2), url: SIGNER_URL}]);
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest")?.reason, "KEY_NOT_ACTIVE");
    assert.deepEqual(world.forgotten, [pubkeyOf(1)]);
  });

  it("are told to doppelganger protection when the operator brings them, and not when a list has them as ever", async () => {
    await follow(SIGNER_URL, {added: [1]});
    assert.deepEqual(world.distrusted, []);
    await add(2);
    assert.deepEqual(world.distrusted, [pubkeyOf(2)]);
  });

  it("need a URL, unless there is one signer that it could be", async () => {
    const [without] = await world.keys.importRemoteKeys([{pubkey: pubkeyOf(1), url: null}]);
    assert.match(JSON.stringify(without), /no url was given/);
    const other = await KeysWorld.open({defaultUrl: OTHER_URL});
    await other.keys.importRemoteKeys([{pubkey: pubkeyOf(1), url: null}]);
    assert.equal(other.keys.remoteKeys()[0]?.url, OTHER_URL);
    await other.close();
  });

  it("are an error when the file cannot be written, and then nothing has changed", async () => {
    await mkdir(world.remoteKeysPath);
    assert.deepEqual(await add(1), ["error"]);
    assert.deepEqual([inService(), world.ring.pubkeys, world.registry.counts().total], [[], [], 0]);
    await rm(world.remoteKeysPath, {recursive: true});
    await add(1);
    await rm(world.remoteKeysPath);
    await mkdir(world.remoteKeysPath);
    assert.deepEqual(await remove(1), ["error"]);
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest")?.reason, "KEY_NOT_ACTIVE", "it stays stopped");
    await rm(world.remoteKeysPath, {recursive: true});
    assert.deepEqual(await remove(1), ["deleted"]);
  });

  it("follow their signers' lists, where they cannot be deleted here", async () => {
    await follow(SIGNER_URL, {added: [1, 2]});
    assert.deepEqual(inService(), [`1 ${SIGNER_URL}`, `2 ${SIGNER_URL}`]);
    assert(world.keys.remoteKeys().every(({isReadOnly}) => isReadOnly));
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest"), null);
    assert.deepEqual(await add(1), ["duplicate"]);
    assert.deepEqual(await remove(1), ["error"]);
    await follow(SIGNER_URL, {removed: [1]});
    assert.deepEqual(inService(), [`2 ${SIGNER_URL}`]);
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest")?.reason, "KEY_NOT_ACTIVE");
    await follow(SIGNER_URL, {added: [1]});
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest"), null);
  });

  it("go over to another signer that lists them too, and stay where somebody else has put them", async () => {
    await add(3);
    await follow(SIGNER_URL, {added: [1, 3]});
    await follow(OTHER_URL, {added: [1, 3]});
    assert.deepEqual(inService(), [`3 ${SIGNER_URL}`, `1 ${SIGNER_URL}`]);
    await follow(SIGNER_URL, {removed: [1, 3]});
    assert.deepEqual(inService(), [`3 ${SIGNER_URL}`, `1 ${OTHER_URL}`]);
  });

  it("cannot be deleted here while their signer lists them, for they would come back with its next list", async () => {
    await add(1);
    await follow(SIGNER_URL, {added: [1]});
    assert.deepEqual(await remove(1), ["error"]);
    assert.deepEqual(inService(), [`1 ${SIGNER_URL}`]);
    await follow(SIGNER_URL, {removed: [1]});
    assert.deepEqual(await remove(1), ["deleted"]);
    assert.deepEqual(inService(), []);
  });

  it("are left alone when this process has their keystores", async () => {
    await world.imports(1);
    await follow(SIGNER_URL, {added: [1]});
    assert.deepEqual([inService(), world.ring.isRemote(pubkeyOf(1))], [[], false]);
    await follow(SIGNER_URL, {removed: [1]});
    assert.equal(await world.votes(1, 5), "signed");
  });

  it("may sign after a deletion froze the key", async () => {
    await world.imports(1);
    await world.keys.deleteKeystores([pubkeyOf(1)]);
    await add(1);
    const vote = {sourceEpoch: 1, targetEpoch: 2, signingRoot: `0x${"11".repeat(32)}`} as never;
    assert.equal((await world.protection.recordAttestation(pubkeyOf(1), vote)).kind, "accepted");
  });
});

describe("RemoteKeysFile", () => {
  let world: KeysWorld;
  beforeEach(async () => {
    world = await KeysWorld.open();
  });
  afterEach(() => world.close());
  const file = () => new RemoteKeysFile({path: world.remoteKeysPath}, {files: new DiskStateFiles()});

  it("does not write more than it would read again", async () => {
    const many = Array.from({length: 30_000}, (_, index) => ({
      pubkey: `0x${index.toString(16).padStart(96, "0")}` as Pubkey,
      url: SIGNER_URL,
    }));
    await file().write(many.slice(0, 10));
    await assert.rejects(file().write(many), /larger than/);
    assert.equal((await file().read()).length, 10);
  });

  it("gives back what was written, and nothing when there is no file", async () => {
    assert.deepEqual(await file().read(), []);
    const keys = [{pubkey: pubkeyOf(1), url: SIGNER_URL}];
    await file().write(keys);
    assert.deepEqual(await file().read(), keys);
  });

  for (const [what, text] of [
    ["no JSON", "{"],
    ["no list", "{}"],
    ["an entry without a key", `[{"url": "http://secret:word@a:1"}]`],
    ["a URL that is none", `[{"pubkey": "0x${"ab".repeat(48)}", "url": "secret"}]`],
    ["a list with null", "[null]"],
    ["a key twice", JSON.stringify([1, 2].map(() => ({pubkey: `0x${"ab".repeat(48)}`, url: SIGNER_URL})))],
  ] as const) {
    it(`refuses ${what}, and repeats nothing of it`, async () => {
      await writeFile(world.remoteKeysPath, text);
      await assert.rejects(file().read(), (error) => {
        assert(error instanceof ExitError);
        assert(!error.message.includes("secret"), error.message);
        return true;
      });
    });
  }
});

describe("voluntary exits by the operator", function () {
  this.timeout(30_000);
  let world: KeysWorld;
  beforeEach(async () => {
    world = await KeysWorld.open();
    await world.imports(1);
  });
  afterEach(() => world.close());

  it("are signed for the epoch that is asked for, or for the present one", async () => {
    const now = await world.keys.signVoluntaryExit(pubkeyOf(1), null);
    const earlier = await world.keys.signVoluntaryExit(pubkeyOf(1), 2);
    assert(now.kind === "signed" && earlier.kind === "signed");
    assert.deepEqual(
      [now.message, earlier.message],
      [
        {epoch: 5, validatorIndex: 1},
        {epoch: 2, validatorIndex: 1},
      ],
    );
    assert.match(now.signature, /^0x[0-9a-f]{192}$/);
  });

  it("are refused for the future, for a key that is not here, and for a validator that cannot exit", async () => {
    const reasonOf = async (index: number, epoch: number | null) => {
      const exit = await world.keys.signVoluntaryExit(pubkeyOf(index), epoch);
      return exit.kind === "refused" ? exit.reason : exit.kind;
    };
    assert.equal(await reasonOf(1, 6), "SLOT_IN_FUTURE");
    assert.equal(await reasonOf(2, null), "KEY_NOT_ACTIVE");
    world.statuses.infos = world.statuses.infos.map((info): ValidatorInfo => ({...info, status: "exited_unslashed"}));
    await world.registry.refresh();
    assert.equal(await reasonOf(1, null), "KEY_NOT_ACTIVE");
  });
});
