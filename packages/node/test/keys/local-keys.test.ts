import assert from "node:assert/strict";
import {copyFile, mkdir, rename, stat, writeFile} from "node:fs/promises";
import {dirname, join} from "node:path";
import {abbreviate} from "@mote/core";
import {InterchangeRefusedError} from "../../src/keys/validator-keys.ts";
import {GENESIS_VALIDATORS_ROOT, KeysWorld, keystoreOf, pubkeyOf, root, SIGNER_URL} from "./support/keys-world.ts";

const interchange = (index: number, target: number) => ({
  metadata: {interchange_format_version: "5", genesis_validators_root: GENESIS_VALIDATORS_ROOT},
  data: [
    {
      pubkey: pubkeyOf(index),
      signed_blocks: [],
      signed_attestations: [{source_epoch: `${target - 1}`, target_epoch: `${target}`, signing_root: root(9)}],
    },
  ],
});

/** Source and target of the votes of each key. */
const votesOf = (text: string): Record<string, string[]> =>
  Object.fromEntries(
    (JSON.parse(text) as ReturnType<typeof interchange>).data.map(({pubkey, signed_attestations}) => [
      pubkey,
      signed_attestations.map(({source_epoch, target_epoch}) => `${source_epoch}-${target_epoch}`),
    ]),
  );

describe("keystores that are imported into a running node", function () {
  this.timeout(30_000);
  let world: KeysWorld;
  beforeEach(async () => {
    world = await KeysWorld.open();
  });
  afterEach(() => world.close());

  it("sign, and are on disk for the next start, for their owner alone", async () => {
    assert.deepEqual(await world.imports(1, 2), ["imported", "imported"]);
    assert.deepEqual(await Promise.all([world.votes(1, 5), world.votes(2, 5), world.votes(3, 5)]), [
      "signed",
      "signed",
      "KEY_NOT_ACTIVE",
    ]);
    assert.deepEqual(world.keys.localKeys(), [
      {pubkey: pubkeyOf(1), derivationPath: "m/12381/3600/1/0/0", isReadOnly: false},
      {pubkey: pubkeyOf(2), derivationPath: "m/12381/3600/2/0/0", isReadOnly: false},
    ]);
    const {keys, failed} = await world.folder.list();
    assert.deepEqual([keys.map(({pubkey}) => pubkey).sort(), failed], [[pubkeyOf(1), pubkeyOf(2)].sort(), []]);
    for (const file of [keys[0]?.file ?? "", join(world.dir, "secrets", pubkeyOf(1))])
      assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("are imported once, also by two requests at a time or twice in one", async () => {
    const [one, other] = await Promise.all([world.imports(1, 1), world.imports(1, 2)]);
    assert.deepEqual(
      [one, other],
      [
        ["imported", "duplicate"],
        ["duplicate", "imported"],
      ],
    );
    assert.equal((await world.files()).length, 4);
  });

  it("are told of when one of them is to be stored, and only then", async () => {
    await world.keys.importKeystores([], null);
    await world.keys.importKeystores([await keystoreOf(1, "another password")], null);
    assert(!world.events.includes("keys brought"));
    await world.imports(1);
    assert(world.events.includes("keys brought"));
  });

  it("are judged one by one: what is wrong with one keeps no other out", async () => {
    const results = await world.keys.importKeystores(
      [await keystoreOf(1, "another password"), {text: "{", password: ""}, await keystoreOf(2)],
      null,
    );
    assert.deepEqual(
      results.map(({status}) => status),
      ["error", "error", "imported"],
    );
    assert(!JSON.stringify(results).includes("another password"));
    assert.deepEqual(
      world.keys.localKeys().map(({pubkey}) => pubkey),
      [pubkeyOf(2)],
    );
  });

  it("come after their records, and none of them when those are refused", async () => {
    await assert.rejects(
      world.keys.importKeystores([await keystoreOf(1)], {...interchange(1, 5), metadata: {}}),
      InterchangeRefusedError,
    );
    assert.deepEqual([world.keys.localKeys(), await world.files()], [[], []]);
    await world.keys.importKeystores([await keystoreOf(1)], interchange(1, 5));
    assert.deepEqual(world.events.slice(-5), [
      "LevelSlashingProtection.importInterchange",
      "keys brought",
      "DiskKeyFolder.add",
      "LevelSlashingProtection.thaw",
      "MaySign.add",
    ]);
    assert.equal(await world.votes(1, 5), "DOUBLE_VOTE");
  });

  it("are warned of when no records come with them, and not when none of them was imported", async () => {
    const [one, other] = await Promise.all([keystoreOf(1), keystoreOf(2)]);
    const warnings = () => world.complaints.splice(0).join();
    await world.keys.importKeystores([one], interchange(1, 5));
    await world.keys.importKeystores([one, await keystoreOf(2, "another password")], null);
    assert.equal(warnings(), "");
    await world.keys.importKeystores([other], interchange(1, 5));
    assert.match(warnings(), /imported without slashing protection/);
    await world.keys.importKeystores([await keystoreOf(3), await keystoreOf(4)], interchange(3, 5));
    const said = warnings();
    assert(said.includes(abbreviate(pubkeyOf(4))) && !said.includes(abbreviate(pubkeyOf(3))));
  });

  it("are told to doppelganger protection when they bring no records that were not here before", async () => {
    const [one, two, three] = await Promise.all([keystoreOf(1), keystoreOf(2), keystoreOf(3)]);
    await world.keys.importKeystores([one, two, three], interchange(2, 5));
    assert.deepEqual(world.distrusted.splice(0), [pubkeyOf(1), pubkeyOf(3)]);
    assert.equal(await world.votes(1, 5), "signed");
    const {slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1), pubkeyOf(3)]);
    await world.end();
    world = await KeysWorld.open({dir: world.dir});
    await world.keys.importKeystores([one, three], JSON.parse(slashingProtection));
    assert.deepEqual(world.distrusted.splice(0), [pubkeyOf(1), pubkeyOf(3)], "a copy of our own records is no news");
    await world.keys.deleteKeystores([pubkeyOf(1)]);
    await world.keys.importKeystores([one], interchange(1, 6));
    assert.deepEqual(world.distrusted, [], "its holder since has handed its records over");
  });

  for (const what of ["secrets", "validator_keys"]) {
    it(`leave nothing half-done when the disk is full for ${what}`, async () => {
      world.disk.fullFor = what;
      const results = await world.keys.importKeystores([await keystoreOf(1)], null);
      assert.match(JSON.stringify(results), /could not be stored: ENOSPC/);
      assert.deepEqual([await world.files(), world.ring.pubkeys, world.registry.counts().total], [[], [], 0]);
      world.disk.fullFor = null;
      assert.deepEqual(await world.imports(1), ["imported"]);
    });
  }

  it("are refused when a remote signer signs with the key here, and when one that is not in use is in the folder", async () => {
    await world.keys.importRemoteKeys([{pubkey: pubkeyOf(1), url: SIGNER_URL}]);
    const [remote] = await world.keys.importKeystores([await keystoreOf(1)], null);
    assert.match(JSON.stringify(remote), /a remote signer signs with this key here/);
    const {text} = await keystoreOf(2);
    await mkdir(world.folder.folders.keystoresDir, {recursive: true});
    await writeFile(join(world.folder.folders.keystoresDir, "keystore-2.json.disabled"), text);
    const [disabled] = await world.keys.importKeystores([await keystoreOf(2)], null);
    assert.match(JSON.stringify(disabled), /not in use, since it is disabled/);
    assert.deepEqual(world.keys.localKeys(), []);
  });

  it("have nowhere to go when the keys lie in no folder", async () => {
    const other = await KeysWorld.open({hasFolder: false});
    assert.deepEqual(await other.imports(1), ["error"]);
    await other.close();
  });
});

describe("keystores that are deleted from a running node", function () {
  this.timeout(30_000);
  let world: KeysWorld;
  beforeEach(async () => {
    world = await KeysWorld.open();
    await world.imports(1, 2);
    await world.votes(1, 4);
    await world.votes(1, 5);
  });
  afterEach(() => world.close());

  it("are stopped, then frozen, then removed, and their last vote is in what is handed out", async () => {
    world.events.splice(0);
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(results, [{status: "deleted"}]);
    assert.deepEqual(world.events, [
      "MaySign.remove",
      "MixedKeyRing.remove",
      "LevelSlashingProtection.freeze",
      "DiskKeyFolder.removeAll",
      "LevelSlashingProtection.exportInterchange",
    ]);
    assert.deepEqual(votesOf(slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5"]});
    await world.clock.advance(8 * 2_000);
    assert.equal(await world.votes(1, 6), "KEY_NOT_ACTIVE");
    assert.equal(await world.votes(2, 6), "signed");
    assert.deepEqual(world.forgotten, [pubkeyOf(1)]);
    assert.equal((await world.files()).length, 2);
  });

  for (const [what, event, outcomes] of [
    ["is being recorded", "LevelSlashingProtection.recordAttestation", ["KEY_NOT_ACTIVE", "KEY_FROZEN"]],
    ["is being signed", "MixedKeyRing.sign", ["signed"]],
  ] as const) {
    it(`hand out a vote that ${what} when they are deleted`, async () => {
      await world.clock.advance(8 * 2_000);
      const {promise: deleted, resolve} =
        Promise.withResolvers<Awaited<ReturnType<typeof world.keys.deleteKeystores>>>();
      world.on.set(event, () => resolve(world.keys.deleteKeystores([pubkeyOf(1)])));
      const outcome = await world.votes(1, 6);
      assert(outcomes.includes(outcome as never), outcome);
      const {slashingProtection} = await deleted;
      // Recorded and not signed is on the safe side.
      assert.deepEqual(votesOf(slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5", "5-6"]});
    });
  }

  it("sign again once they are imported again, and are held to what they signed before", async () => {
    await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(await world.imports(1), ["imported"]);
    assert.equal(await world.votes(1, 3), "SOURCE_BELOW_MINIMUM");
    assert.equal((await world.protection.newest(pubkeyOf(1)))?.targetEpoch, 5);
    await world.clock.advance(8 * 2_000);
    assert.equal(await world.votes(1, 6), "signed");
    const {slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(votesOf(slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5", "5-6"]});
  });

  it("are an error when the disk does not let go, sign nothing more, and are gone at the next try", async () => {
    world.disk.cannotRemove = true;
    const first = await world.keys.deleteKeystores([pubkeyOf(1), pubkeyOf(2)]);
    assert.deepEqual(
      first.results.map(({status}) => status),
      ["error", "error"],
    );
    assert.match(JSON.stringify(first.results), /signs nothing more, but its keystore is still on disk \(EROFS/);
    assert.deepEqual(votesOf(first.slashingProtection), {});
    await world.clock.advance(8 * 2_000);
    assert.equal(await world.votes(1, 6), "KEY_NOT_ACTIVE");
    assert.deepEqual(await world.imports(1), ["error"]);
    world.disk.cannotRemove = false;
    const second = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(second.results, [{status: "deleted"}]);
    assert.deepEqual(votesOf(second.slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5"]});
    assert.deepEqual(await world.imports(1), ["imported"]);
    assert.equal(await world.votes(1, 6), "signed");
  });

  it("are no success when their keystore is not where it came from: it may come back with its volume", async () => {
    const {keystoresDir} = world.folder.folders;
    await rename(keystoresDir, `${keystoresDir}-unmounted`);
    const first = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.match(JSON.stringify(first.results), /signs nothing more, but its keystore is not in/);
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest")?.reason, "KEY_NOT_ACTIVE");
    const second = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(second.results, [{status: "not_active"}]);
    assert.deepEqual(votesOf(second.slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5"]});
  });

  it("are no success when a copy of the keystore cannot be read now: the next start may be able to", async () => {
    const [{file} = {file: ""}] = (await world.folder.list()).keys.filter(({pubkey}) => pubkey === pubkeyOf(1));
    const copy = join(dirname(file), "keystore-copy.json");
    await copyFile(file, copy);
    await world.folder.list();
    world.disk.unreadable = copy;
    for (const _ of [1, 2]) {
      const {results} = await world.keys.deleteKeystores([pubkeyOf(1)]);
      assert.match(JSON.stringify(results), /signs nothing more, but its keystore is still on disk .*EIO/);
    }
    world.disk.unreadable = null;
    assert.deepEqual((await world.keys.deleteKeystores([pubkeyOf(1)])).results, [{status: "deleted"}]);
    assert.equal((await world.files()).length, 2);
  });

  it("stay in service when a remote signer would sign with the key in their place", async () => {
    await world.keys.followList(SIGNER_URL, {added: [pubkeyOf(1)], removed: []});
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1), pubkeyOf(2)]);
    assert.match(JSON.stringify(results[0]), /remote signer's own list names it: take it away there/);
    assert.deepEqual(results[1], {status: "deleted"});
    assert.deepEqual(votesOf(slashingProtection), {[pubkeyOf(2)]: []});
    assert.equal(world.maySign.refusalOf(pubkeyOf(1), "attest"), null);
    await world.keys.followList(SIGNER_URL, {added: [], removed: [pubkeyOf(1)]});
    assert.deepEqual((await world.keys.deleteKeystores([pubkeyOf(1)])).results, [{status: "deleted"}]);
  });

  it("say what they are not: in service any more, or known at all", async () => {
    await world.keys.deleteKeystores([pubkeyOf(1)]);
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(3), pubkeyOf(1), pubkeyOf(3)]);
    assert.deepEqual(
      results.map(({status}) => status),
      ["not_found", "not_active", "not_found"],
    );
    assert.deepEqual(votesOf(slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5"]});
  });

  it("are deleted once by a request that names them twice", async () => {
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1), pubkeyOf(2), pubkeyOf(1)]);
    assert.deepEqual(
      results.map(({status}) => status),
      ["deleted", "deleted", "not_active"],
    );
    assert.deepEqual(Object.keys(votesOf(slashingProtection)).length, 2);
  });

  it("are an error without records when these cannot be read, and stay stopped", async () => {
    world.on.set("LevelSlashingProtection.exportInterchange", () => {
      throw new Error("EIO: i/o error, read");
    });
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1), pubkeyOf(3)]);
    assert.match(JSON.stringify(results[0]), /"error".*could not be exported \(EIO.*send the same request again/);
    assert.deepEqual(results[1], {status: "not_found"});
    assert.deepEqual(votesOf(slashingProtection), {});
    assert.equal(JSON.parse(slashingProtection).metadata.genesis_validators_root, GENESIS_VALIDATORS_ROOT);
    await world.clock.advance(8 * 2_000);
    assert.equal(await world.votes(1, 6), "KEY_NOT_ACTIVE");

    world.on.clear();
    const again = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.deepEqual(again.results, [{status: "not_active"}]);
    assert.deepEqual(votesOf(again.slashingProtection), {[pubkeyOf(1)]: ["3-4", "4-5"]});
  });

  it("hand out no records of a key that a remote signer goes on signing with", async () => {
    await world.keys.deleteKeystores([pubkeyOf(1)]);
    await world.keys.importRemoteKeys([{pubkey: pubkeyOf(1), url: SIGNER_URL}]);
    const {results, slashingProtection} = await world.keys.deleteKeystores([pubkeyOf(1)]);
    assert.match(JSON.stringify(results), /delete the remote key instead/);
    assert.deepEqual(votesOf(slashingProtection), {});
  });
});
