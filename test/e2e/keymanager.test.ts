import assert from "node:assert/strict";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {KeymanagerClient, sayWhenKeymanagerUnjudged} from "./support/keymanager-client.ts";
import {keystoreText, PASSWORD} from "./support/keystores.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {FEE_RECIPIENT, startNode} from "./support/start-node.ts";
import {slotEnded, VoteTap} from "./support/vote-tap.ts";

const VALIDATORS = 16;
const WANDERER = 15;
const OTHER_RECIPIENT = `0x${"ab".repeat(20)}`;
/** Two epochs: a key in service votes in each; and so long the chain keeps a validator before it lets it go. */
const PATIENCE_SLOTS = 16;

/** A Mote without any key, which waits for those that an operator brings. */
function startEmptyNode(room: Room, devnet: Devnet, name: string): MoteProcess {
  return room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, name), "--json", "--http", "--http-port", "0"],
    ...["--beacon-nodes", devnet.urls.join(), "--suggested-fee-recipient", FEE_RECIPIENT],
  );
}

describe("a key that an operator moves by the Keymanager API", function () {
  sayWhenKeymanagerUnjudged();
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  let devnet: Devnet;
  let tap: VoteTap;
  let first: {mote: MoteProcess; api: KeymanagerClient};
  let second: {mote: MoteProcess; api: KeymanagerClient};
  let pubkey: string;
  let exported: string;

  before(async () => {
    room = await rooms.open();
    devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 2});
    tap = new VoteTap(devnet);
    pubkey = devnet.chain.pubkeys[WANDERER]!;
    const others = startNode(room, devnet, {name: "others", keys: `0..${WANDERER - 1}`});
    const motes = ["first", "second"].map((name) => ({name, mote: startEmptyNode(room, devnet, name)}));
    await explained(others, () => others.ready());
    const [a, b] = await Promise.all(
      motes.map(({name, mote}) =>
        explained(mote, async () => {
          await mote.ready();
          return {mote, api: await KeymanagerClient.of(mote, join(room.dir, name))};
        }),
      ),
    );
    first = a!;
    second = b!;
    devnet.start();
  });
  after(() => rooms.clear());

  /** A vote is heard again inside an aggregate and a block. */
  const targetsOfWanderer = () => [
    ...new Set(tap.votes.flatMap((vote) => (vote.validatorIndex === WANDERER ? [vote.targetEpoch] : []))),
  ];
  const importInto = ({api}: typeof first, slashing_protection?: string) =>
    api.call("POST", "/keystores", {
      keystores: [keystoreText(WANDERER)],
      passwords: [PASSWORD],
      ...(slashing_protection === undefined ? {} : {slashing_protection}),
    });
  const votesAgain = () => tap.next(({validatorIndex}) => validatorIndex === WANDERER);

  it("has no key at first, and says so", async () => {
    assert.deepEqual((await first.api.call("GET", "/keystores")).body, {data: []});
    assert.deepEqual((await first.api.call("GET", "/remotekeys")).body, {data: []});
  });

  it("attests once its keystore was imported, without a restart", () =>
    explained(first.mote, async () => {
      const next = votesAgain();
      assert.deepEqual((await importInto(first)).body.data, [{status: "imported"}]);
      assert.deepEqual((await importInto(first)).body.data, [{status: "duplicate"}]);
      const [key] = (await first.api.call("GET", "/keystores")).body.data;
      assert.equal(key.validating_pubkey, pubkey);
      await next;
    }));

  it("has a fee recipient of its own as long as the operator wishes", async () => {
    const {api} = first;
    assert.equal(
      (await api.call("POST", "/validator/{pubkey}/feerecipient", {ethaddress: OTHER_RECIPIENT}, pubkey)).status,
      202,
    );
    const {body} = await api.call("GET", "/validator/{pubkey}/feerecipient", undefined, pubkey);
    assert.equal(body.data.ethaddress.toLowerCase(), OTHER_RECIPIENT);
    assert.equal((await api.call("DELETE", "/validator/{pubkey}/feerecipient", undefined, pubkey)).status, 204);
  });

  it("stops at its deletion, and the export holds its last vote", () =>
    explained(first.mote, async () => {
      const {body} = await first.api.call("DELETE", "/keystores", {pubkeys: [pubkey]});
      assert.deepEqual(body.data, [{status: "deleted"}]);
      exported = body.slashing_protection;
      const cast = targetsOfWanderer();
      const [history] = JSON.parse(exported).data;
      assert.equal(history.pubkey, pubkey);
      const targets = history.signed_attestations.map((each: {target_epoch: string}) => Number(each.target_epoch));
      assert.equal(Math.max(...targets), Math.max(...cast));

      await slotEnded(devnet, devnet.chain.head.slot + PATIENCE_SLOTS);
      assert.deepEqual(targetsOfWanderer(), cast, "no vote after the answer");
    }));

  it("attests from another node that got its records, then from the first again", () =>
    explained(second.mote, async () => {
      let next = votesAgain();
      assert.deepEqual((await importInto(second, exported)).body.data, [{status: "imported"}]);
      await next;
      const {body} = await second.api.call("DELETE", "/keystores", {pubkeys: [pubkey]});
      assert.deepEqual(body.data, [{status: "deleted"}]);

      next = votesAgain();
      assert.deepEqual((await importInto(first, body.slashing_protection)).body.data, [{status: "imported"}]);
      await next;
    }));

  it("hands over a signed exit that the chain takes", () =>
    explained(first.mote, async () => {
      const {status, body} = await first.api.call("POST", "/validator/{pubkey}/voluntary_exit", undefined, pubkey);
      assert.equal(status, 200);
      assert.equal(body.data.message.validator_index, String(WANDERER));
      const response = await fetch(`${devnet.urls[0]}/eth/v1/beacon/pool/voluntary_exits`, {
        method: "POST",
        headers: {"content-type": "application/json"},
        body: JSON.stringify(body.data),
      });
      assert.equal(response.status, 200, await response.text());
    }));

  it("was never in a slashable message", () => {
    assert.equal(devnet.chain.slashings.report().slashableMessages, 0);
  });
});
