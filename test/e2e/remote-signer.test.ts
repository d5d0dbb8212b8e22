import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {DUTY_KINDS} from "@mote/core";
import type {Devnet} from "@mote/devnet";
import type {FakeWeb3Signer} from "@mote/testing";
import {BlockReader} from "./support/block-reader.ts";
import {endedDuties} from "./support/duty-lines.ts";
import {KeystoreFolder} from "./support/keystores.ts";
import type {LogLine, MoteProcess} from "./support/mote-process.ts";
import {sayWhenRemoteSigningUnjudged, startRemoteSigner} from "./support/remote-signer.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {begun, explained} from "./support/scenario.ts";
import {FEE_RECIPIENT} from "./support/start-node.ts";
import {slotEnded, VoteTap, voteCells} from "./support/vote-tap.ts";

const VALIDATORS = 16;
const SYNC_COMMITTEE_SIZE = 32;
/** A keystore here, and at the signer too. */
const HERE_AND_THERE = 7;
const FIRST_REMOTE = 8;
/** Of the signer's keys those that it loses and gets back. */
const FIRST_WANDERER = 12;
const SECONDS_PER_SLOT = 2;
/** An epoch, and the block after it. */
const HEALTHY_TO_SLOT = 8;
const AWAY = {first: 10, last: 11};
const REFUSING = {first: 13, last: 14};
/** Each of the lost keys would have a sync message in each of them. */
const WITHOUT_WANDERERS_SLOTS = 2;

const range = (first: number, end: number) => Array.from({length: end - first}, (_, at) => first + at);
const REMOTE = range(FIRST_REMOTE, VALIDATORS);
const WANDERERS = range(FIRST_WANDERER, VALIDATORS);
const isRemote = (index: number) => index >= FIRST_REMOTE;
const isWithin = (slot: number, {first, last}: {readonly first: number; readonly last: number}) =>
  slot >= first && slot <= last;

/** Duties of each kind that failed, as the node's journal says. */
const failures = (mote: MoteProcess) =>
  DUTY_KINDS.flatMap((kind) =>
    endedDuties(mote, kind).flatMap(({key, end}) =>
      end?.kind === "failed" ? [{...key, reason: end.reason, detail: end.detail}] : [],
    ),
  );

const linesWith = (mote: MoteProcess, words: string): readonly LogLine[] =>
  mote.lines.filter(({msg}) => msg.includes(words));

function startMote(room: Room, devnet: Devnet, name: string, ...flags: readonly string[]): MoteProcess {
  return room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, name), "--json", "--init-slashing-protection"],
    ...["--beacon-nodes", devnet.urls.join(), "--suggested-fee-recipient", FEE_RECIPIENT, ...flags],
  );
}

interface Shared {
  readonly devnet: Devnet;
  readonly signer: FakeWeb3Signer;
  readonly mote: MoteProcess;
  readonly tap: VoteTap;
  readonly reader: BlockReader;
}

/** Half of the keys in keystores, half at a signer, on a chain that they are all of. */
async function shareKeys(room: Room): Promise<Shared> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: SECONDS_PER_SLOT});
  const keystores = new KeystoreFolder(room.dir);
  for (const index of range(0, FIRST_REMOTE)) keystores.add(index);
  const signer = await startRemoteSigner(room, devnet, [HERE_AND_THERE, ...REMOTE]);
  const mote = startMote(room, devnet, "shared", ...keystores.flags, "--web3signer-url", signer.url);
  const shared = {devnet, signer, mote, tap: new VoteTap(devnet), reader: new BlockReader(devnet)};
  await explained(mote, () => mote.ready());
  devnet.start();
  return shared;
}

interface Unrecorded {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly lastSlot: number;
  /** Public keys with votes on record. */
  readonly recorded: readonly string[];
  /** Of each block of the chain: whose, and whether its payload came. */
  readonly blocks: readonly {readonly proposer: number; readonly payload: string}[];
}

/** Under Gloas, with remote keys that are named one by one, and whose signer keeps the records. */
async function shareUnrecorded(room: Room): Promise<Unrecorded> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: SECONDS_PER_SLOT, fork: "gloas"});
  const {chain} = devnet;
  const signer = await startRemoteSigner(room, devnet, REMOTE);
  const named = REMOTE.map((index) => chain.pubkeys[index]).join();
  const flags = ["--interop-keys", `0..${FIRST_REMOTE - 1}`, "--web3signer-url", signer.url];
  const mote = startMote(
    ...([room, devnet, "unrecorded", ...flags] as const),
    ...["--web3signer-public-keys", named, "--disable-slashing-protection-web3signer"],
  );
  await explained(mote, () => mote.ready());
  devnet.start();
  // Beyond the other chain's faults: what a node costs at its end must not look like one of them.
  const lastSlot = REFUSING.last + 2;
  await slotEnded(devnet, lastSlot);
  const blocks = range(1, lastSlot).map((slot) => {
    const block = chain.blockAtSlot(slot as typeof chain.currentSlot);
    return {proposer: block?.proposerIndex ?? -1, payload: block?.payloadStatus ?? "no block"};
  });
  mote.signal("SIGTERM");
  await mote.exited;
  const records = join(room.dir, "records.json");
  const datadir = join(room.dir, "unrecorded");
  const exporting = room.mote(
    "slashing-protection",
    "export",
    "--network",
    "devnet",
    "--datadir",
    datadir,
    "--to",
    records,
  );
  assert.equal((await exporting.exited).code, 0, exporting.story());
  const {data} = JSON.parse(readFileSync(records, "utf8")) as {data: {pubkey: string; signed_attestations: object[]}[]};
  const recorded = data.filter(({signed_attestations: votes}) => votes.length > 0).map(({pubkey}) => pubkey);
  return {devnet, mote, lastSlot, recorded, blocks};
}

describe("keys that are shared out between keystores and a remote signer", function () {
  sayWhenRemoteSigningUnjudged();
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let shared: Promise<Shared>;
  let unrecorded: Promise<Unrecorded>;
  before(() => {
    shared = begun(rooms.open().then(shareKeys));
    unrecorded = rooms.live(shareUnrecorded);
  });
  after(() => rooms.clear());

  const check = async (checks: (shared: Shared) => void | Promise<void>): Promise<void> => {
    const all = await shared;
    await explained(all.mote, () => checks(all));
  };

  it("have every duty done, those of one as those of the other", () =>
    check(async ({devnet, signer, mote, tap, reader}) => {
      await slotEnded(devnet, HEALTHY_TO_SLOT);
      const voters = tap.votes.flatMap(({targetEpoch, validatorIndex}) => (targetEpoch === 0 ? [validatorIndex] : []));
      assert.equal(new Set(voters).size, VALIDATORS);
      const blocks = await reader.slots(1, HEALTHY_TO_SLOT);
      assert.deepEqual(
        blocks.map((block) => block?.syncBits),
        blocks.map(() => SYNC_COMMITTEE_SIZE),
      );
      assert.deepEqual(failures(mote), []);
      assert.deepEqual(signer.complaints, []);
    }));

  it("are signed for here, when they are here and there", () =>
    check(({devnet, signer, mote}) => {
      const pubkey = devnet.chain.pubkeys[HERE_AND_THERE]!;
      assert.ok(!signer.requests.some(({path}) => path.includes(pubkey)));
      assert.equal(linesWith(mote, "the keystores are used").length, 1);
    }));

  it("fail alone while the signer is away, and are back with it", () =>
    check(async ({devnet, signer}) => {
      // What it will have lost by its next list; until then it says that it has no such key.
      for (const index of WANDERERS) signer.pubkeys.delete(devnet.chain.pubkeys[index]!);
      await slotEnded(devnet, AWAY.first - 1);
      signer.faults.set("sign", {kind: "reset"});
      await slotEnded(devnet, AWAY.last);
      signer.faults.delete("sign");
      await slotEnded(devnet, REFUSING.first - 1);
      signer.faults.set("sign", {kind: "status", status: 412});
      await slotEnded(devnet, REFUSING.last);
      signer.faults.delete("sign");
      await slotEnded(devnet, REFUSING.last + 1);
    }));

  it("fail by the name of what was wrong", () =>
    check(({devnet, mote}) => {
      const failed = failures(mote);
      assert.deepEqual(
        failed.filter(({validatorIndex}) => !isRemote(validatorIndex)),
        [],
      );
      // A key that goes in the middle of a duty ends it by another name.
      const reasons = (index: number) =>
        index < FIRST_WANDERER ? ["SIGNER_FAILED"] : ["SIGNER_FAILED", "KEY_NOT_ACTIVE"];
      for (const {validatorIndex, reason} of failed) assert.ok(reasons(validatorIndex).includes(reason), reason);
      const staying = failed.filter(({validatorIndex}) => validatorIndex < FIRST_WANDERER);
      // Each key has a sync message in each slot.
      const details = (slots: typeof AWAY) =>
        new Set(
          staying.flatMap(({kind, slot, detail}) =>
            kind === "sync_message" && isWithin(slot, slots) ? [detail.replace(/http\S+/, "…")] : [],
          ),
        );
      for (const [slots, words] of [
        [AWAY, /^the remote signer … (?:cannot be reached|closed the connection|broke off)/],
        [REFUSING, /^the remote signer … refused: its own slashing protection forbids it \(412\)$/],
      ] as const) {
        const said = [...details(slots)];
        assert.ok(said.length > 0, `slots ${slots.first} to ${slots.last}`);
        for (const detail of said) assert.match(detail, words);
      }
      // The votes of the keys that are here were all cast.
      const missed = range(0, REFUSING.last + 1)
        .flatMap((slot) => voteCells(devnet, slot))
        .filter(({validatorIndex, cell}) => !isRemote(validatorIndex) && cell !== "included" && cell !== "published");
      assert.deepEqual(missed, []);
    }));

  it("stop when the signer does not list them any more, and go on when it does again", () =>
    check(async ({devnet, signer, mote, tap}) => {
      await mote.line(({msg}) => msg.startsWith("keys are gone from a remote signer's list"));
      const goneSlot = devnet.chain.currentSlot;
      await slotEnded(devnet, goneSlot + WITHOUT_WANDERERS_SLOTS);
      const duties = endedDuties(mote, "sync_message").filter(({key}) => key.slot > goneSlot);
      assert.ok(duties.length > 0);
      assert.deepEqual(
        duties.filter(({key}) => key.validatorIndex >= FIRST_WANDERER),
        [],
      );

      const next = tap.next(({validatorIndex}) => validatorIndex >= FIRST_WANDERER);
      for (const index of WANDERERS) signer.pubkeys.add(devnet.chain.pubkeys[index]!);
      await next;
    }));

  it("have proposed, and were never in a slashable message", () =>
    check(async ({devnet, signer, reader}) => {
      const blocks = await reader.blocks(1, devnet.chain.head.slot - 1);
      assert.ok(blocks.some(({proposerIndex}) => isRemote(proposerIndex)));
      assert.equal(devnet.chain.slashings.report().slashableMessages, 0);
      assert.deepEqual(signer.complaints, []);
    }));

  describe("under Gloas, with records that the signer keeps", () => {
    it("are not recorded here, which is said once", async () => {
      const {devnet, mote, recorded} = await unrecorded;
      assert.deepEqual([...recorded].sort(), devnet.chain.pubkeys.slice(0, FIRST_REMOTE).sort());
      assert.equal(linesWith(mote, "--disable-slashing-protection-web3signer").length, 1);
    });

    it("vote, and propose blocks of which only the payload is missing", async () => {
      const {devnet, mote, lastSlot, blocks} = await unrecorded;
      await explained(mote, () => {
        const missed = range(0, lastSlot - 1)
          .flatMap((slot) => voteCells(devnet, slot))
          .filter(({cell}) => cell !== "included");
        assert.deepEqual(missed, []);
        for (const {proposer, payload} of blocks) assert.equal(payload, isRemote(proposer) ? "empty" : "full");
        assert.ok(blocks.some(({proposer}) => isRemote(proposer)));
      });
    });

    it("go without what the signer has no request for, which is said once each", async () => {
      const {mote} = await unrecorded;
      await explained(mote, () => {
        for (const what of ["payload attestations", "execution payload envelopes", "proposer preferences"])
          assert.equal(linesWith(mote, `cannot sign ${what}`).filter(({level}) => level === "warn").length, 1, what);
        const failed = failures(mote);
        for (const {kind, validatorIndex, reason} of failed) {
          assert.ok(kind === "payload_reveal" || kind === "payload_attestation", kind);
          assert.deepEqual({isRemote: isRemote(validatorIndex), reason}, {isRemote: true, reason: "SIGNER_FAILED"});
        }
        assert.ok(failed.length > 0);
      });
    });
  });
});
