import assert from "node:assert/strict";
import {readFileSync, rmSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {begun, explained} from "./support/scenario.ts";
import {SecondSigner} from "./support/second-signer.ts";
import {startNode} from "./support/start-node.ts";
import {slotEnded, type TappedVote, VoteTap} from "./support/vote-tap.ts";

const EXIT_SLASHED = 130;
/** Of the keys of the node that is stopped; the other node has the rest. */
const SLASHED = 5;
const OURS = "0..15";
const OTHERS = "16..31";

interface Slashed {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly code: number | null;
  /** Of our keys, after the node had ended. */
  readonly votesAfterwards: readonly TappedVote[];
  readonly otherNode: MoteProcess;
  /** When the chain itself had the slashing: our keys again. */
  readonly withMarker: MoteProcess;
  readonly withKey: MoteProcess;
  readonly withoutKey: MoteProcess;
}

const nameOf = ({validatorIndex, targetEpoch, root}: TappedVote): string => `${validatorIndex} ${targetEpoch} ${root}`;

const markerOf = (room: Room, name: string): string => join(room.dir, name, "slashed.json");

/**
 * Two nodes share the validators. In slot 3 a proof against one of the first node's is told. Then the first node is started again: with the marker,
 * without it, and without the key.
 */
async function slash(
  room: Room,
  {name, tell, beaconNodes}: {name: string; tell: (signer: SecondSigner) => Promise<void>; beaconNodes: number},
): Promise<Slashed> {
  const devnet = await room.devnet({validators: 32, beaconNodes, genesisDelaySec: 14});
  const tap = new VoteTap(devnet);
  const mote = startNode(room, devnet, {name, keys: OURS});
  const otherNode = startNode(room, devnet, {name: `${name}-other`, keys: OTHERS});
  await explained(mote, () => mote.ready());
  await explained(otherNode, () => otherNode.ready());
  devnet.start();
  await slotEnded(devnet, 3);
  await tell(new SecondSigner(devnet, SLASHED));
  const toldSlot = devnet.chain.currentSlot;
  const {code} = await mote.exited;
  const before = tap.votes.length;
  const withMarker = startNode(room, devnet, {name, keys: OURS, isNew: false});
  await withMarker.exited;
  const marker = readFileSync(markerOf(room, name), "utf8");
  assert.deepEqual(JSON.parse(marker).validators, [SLASHED]);
  // The chain has the proof as soon as the other node has proposed a block.
  for (let slot = toldSlot; !devnet.chain.head.state.validators.getReadonly(SLASHED).slashed; slot++) {
    assert.ok(slot < toldSlot + 16, "no block took the proof");
    await slotEnded(devnet, slot);
  }
  rmSync(markerOf(room, name));
  const withKey = startNode(room, devnet, {name, keys: OURS, isNew: false});
  await withKey.exited;
  // The other node's aggregates bring our earlier votes once more.
  const known = new Set(tap.votes.slice(0, before).map(nameOf));
  const votesAfterwards = tap.votes
    .slice(before)
    .filter((vote) => vote.validatorIndex < 16 && !known.has(nameOf(vote)));
  rmSync(markerOf(room, name), {force: true});
  const withoutKey = startNode(room, devnet, {name, keys: "0..4,6..15", isNew: false});
  await explained(withoutKey, () => withoutKey.ready());
  return {devnet, mote, code, votesAfterwards, otherNode, withMarker, withKey, withoutKey};
}

describe("a validator that is slashed", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  const runs = new Map<string, Promise<Slashed>>();
  const inOwnRoom = async (story: Parameters<typeof slash>[1]) => slash(await rooms.open(), story);
  before(() => {
    runs.set("votes", begun(inOwnRoom({name: "votes", beaconNodes: 1, tell: (signer) => signer.tellDoubleVote()})));
    runs.set(
      "blocks",
      begun(inOwnRoom({name: "blocks", beaconNodes: 3, tell: (signer) => signer.tellDoubleProposal()})),
    );
  });
  after(() => rooms.clear());

  for (const what of ["votes", "blocks"]) {
    describe(`for two ${what}`, () => {
      it("ends the node with exit code 130, and it signs nothing more", async () => {
        const {mote, code, votesAfterwards} = await runs.get(what)!;
        await explained(mote, () => {
          assert.equal(code, EXIT_SLASHED);
          assert.ok(mote.lines.some(({level, msg}) => level === "error" && /validator 5 slashed/.test(msg)));
          assert.deepEqual(votesAfterwards, []);
        });
      });

      it("keeps it from starting again until a person has removed the marker", async () => {
        const {withMarker} = await runs.get(what)!;
        await explained(withMarker, async () => {
          assert.equal((await withMarker.exited).code, EXIT_SLASHED);
          const errors = withMarker.lines.filter(({level}) => level === "error").map(({msg}) => msg);
          assert.equal(errors.length, 1);
          assert.match(errors[0] ?? "", /slashed\.json says .*validators 5/);
        });
      });

      it("ends it again when the marker is gone and the key is not", async () => {
        const {withKey} = await runs.get(what)!;
        await explained(withKey, async () => assert.equal((await withKey.exited).code, EXIT_SLASHED));
      });

      it("lets it start without that key", async () => {
        const {withoutKey} = await runs.get(what)!;
        assert.ok(withoutKey.isRunning, withoutKey.story());
      });

      it("is none of a node's business that does not have the key", async () => {
        const {otherNode, devnet} = await runs.get(what)!;
        assert.ok(otherNode.isRunning, otherNode.story());
        assert.ok(devnet.chain.head.state.validators.getReadonly(SLASHED).slashed);
      });
    });
  }
});
