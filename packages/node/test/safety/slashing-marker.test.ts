import assert from "node:assert/strict";
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Epoch, Pubkey, ValidatorIndex} from "@mote/core";
import {FakeClock, FakeLog} from "@mote/testing";
import {ExitError} from "../../src/exit-error.ts";
import {SafetyExits} from "../../src/safety/safety-exits.ts";
import {readSlashingMarker, slashingMarkerPath, writeSlashingMarker} from "../../src/safety/slashing-marker.ts";

const index = (n: number): ValidatorIndex => n as ValidatorIndex;
const MARKER = {atMs: 1_800_000_000_000, validatorIndices: [index(3), index(7)], evidence: "proofs"};

describe("the slashing marker", () => {
  let dir: string;
  let log: FakeLog;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-marker-"));
    log = new FakeLog();
  });
  afterEach(() => rm(dir, {recursive: true, force: true}));

  const exits = (datadir = dir) => new SafetyExits({datadir}, {clock: new FakeClock({nowMs: MARKER.atMs}), log});
  const endOf = (of: SafetyExits): Promise<ExitError> =>
    of.ended.then(
      () => assert.fail(),
      (error) => error,
    );

  it("tells a person what happened, when, to whom, and what to do", async () => {
    const path = slashingMarkerPath(join(dir, "data"));
    await writeSlashingMarker(path, MARKER);
    const text = await readFile(path, "utf8");
    for (const word of ["2027-01-15T08:00:00.000Z", "slashed", "proofs", `delete ${path}`])
      assert.ok(text.includes(word), word);
    assert.deepEqual(JSON.parse(text).validators, [3, 7]);
    assert.equal(await readSlashingMarker(path), "validators 3 7, 2027-01-15T08:00:00.000Z, by proofs");
    assert.deepEqual(await readdir(join(dir, "data")), ["slashed.json"], "nothing half-done is left");
  });

  it("lets a node start where there is none, also without a data directory", async () => {
    await exits().refuseAfterSlashing();
    await exits(join(dir, "none")).refuseAfterSlashing();
  });

  it("ends the node with 130, and keeps the next from starting until it is deleted", async () => {
    const first = exits();
    first.onSlashed({validatorIndices: [index(3), index(7)], evidence: "proofs"});
    const {exitCode, message} = await endOf(first);
    assert.equal(exitCode, 130);
    assert.match(message, /validators 3 7 of this node slashed.*second signer.*slashed\.json/);
    const refused = await exits()
      .refuseAfterSlashing()
      .catch((error: unknown) => error);
    assert.ok(refused instanceof ExitError);
    assert.equal(refused.exitCode, 130);
    assert.match(refused.message, /validators 3 7, 2027.*Remove the slashed validators' keys.*delete .*slashed\.json/);
    await rm(slashingMarkerPath(dir));
    await exits().refuseAfterSlashing();
  });

  for (const text of ["", "{", "null", "[]", '{"validators": 3}', "no JSON"]) {
    it(`takes a file for a marker whose text is ${JSON.stringify(text)}`, async () => {
      await writeFile(slashingMarkerPath(dir), text);
      await assert.rejects(exits().refuseAfterSlashing(), /slashed\.json says \(its text is damaged\)/);
    });
  }

  it("takes what cannot be read for a marker", async () => {
    await mkdir(slashingMarkerPath(dir));
    await assert.rejects(exits().refuseAfterSlashing(), /cannot be read/);
  });

  it("ends the node with 130 also when it cannot be written, and says so loudly", async () => {
    await writeFile(join(dir, "file"), "");
    const noFolder = exits(join(dir, "file"));
    noFolder.onSlashed({validatorIndices: [index(3)], evidence: "proofs"});
    const {exitCode, message} = await endOf(noFolder);
    assert.equal(exitCode, 130);
    assert.match(message, /Do not start Mote again before you know why/);
    assert.equal(log.lines.length, 2);
    assert.match(log.lines[0] ?? "", /^error validator 3 slashed, by proofs: no key signs any more/);
    assert.match(
      log.lines[1] ?? "",
      /^error .*slashed\.json could not be written, so it will NOT keep Mote from starting/,
    );
  });

  it("ends the node with 129 for another signer, and leaves no marker", async () => {
    const of = exits();
    of.onDoppelganger({
      pubkeys: [`0x${"ab".repeat(48)}` as Pubkey],
      evidence: [{validatorIndex: index(5), epoch: 12 as Epoch}],
    });
    const {exitCode, message} = await endOf(of);
    assert.equal(exitCode, 129);
    assert.match(
      message,
      /another signer is at work.*validator 5 signed elsewhere in epoch 12.*slashing-protection import <file>/,
    );
    assert.deepEqual(await readdir(dir), []);
    await exits().refuseAfterSlashing();
  });
});
