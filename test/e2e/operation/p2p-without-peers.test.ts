import assert from "node:assert/strict";
import type {AddressInfo} from "node:net";
import {createServer} from "node:net";
import {join} from "node:path";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {begun, explained} from "../support/scenario.ts";
import {startNode} from "../support/start-node.ts";

const LOOPBACK = ["--p2p", "--p2p-port", "0", "--p2p-listen-address", "127.0.0.1"];

describe("mote start --p2p with nobody to talk to", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  before(async () => {
    room = await rooms.open();
  });
  after(() => rooms.clear());

  it("votes as ever, follows the chain by what its beacon node can prove, and tells how it is", async () => {
    const devnet = await room.devnet({genesisDelaySec: 10});
    const mote = startNode(room, devnet, {name: "alone"}, ...LOOPBACK);
    await explained(mote, async () => {
      await mote.ready();
      devnet.start();
      const isProven = ({event, lightClientSlot}: {event?: string; lightClientSlot?: unknown}) =>
        event === "p2p" && Number(lightClientSlot) >= 2;
      const [voted, told] = await Promise.all([
        mote.line(({event, slot, included}) => event === "slot" && slot === 4 && Number(included) > 0),
        mote.line(isProven),
      ]);
      assert.equal(voted.published, voted.included);
      assert.deepEqual([told.peers, told.echoRate], [0, null]);
      assert.deepEqual(told.vetoes, {source: 0, target: 0, head: 0});
      const {stdout} = await answered(["status", "--datadir", join(room.dir, "alone")]);
      assert.match(stdout, /network +0 peers, 0 of 0 votes echoed, proven to slot \d+, final to epoch 0/);
      const warnings = mote.lines.filter(({level}) => level === "warn" || level === "error").map(({msg}) => msg);
      assert.equal(warnings.filter((msg) => /no boot nodes are known/.test(msg)).length, 1, warnings.join("\n"));
      assert.equal(warnings.filter((msg) => /without --checkpoint-root/.test(msg)).length, 1, warnings.join("\n"));
      assert.equal(warnings.length, 2, warnings.join("\n"));
      mote.signal("SIGTERM");
      assert.equal((await mote.exited).code, 0);
    });
  });

  it("ends with code 2 and says so when its port is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    room.atEnd(async () => void server.close());
    const {port} = server.address() as AddressInfo;
    const flags = ["--p2p", "--p2p-port", String(port), "--p2p-listen-address", "127.0.0.1"];
    const args = ["start", "--network", "devnet", "--beacon-nodes", "http://127.0.0.1:9", "--interop-keys", "0"];
    const mote = room.mote(...args, "--datadir", join(room.dir, "taken"), ...flags);
    const {code} = await begun(mote.exited);
    assert.equal(code, 2);
    assert.match(mote.stdout, /TCP port \d+: the port is in use; choose another by --p2p-port/);
  });

  async function answered(argv: readonly string[]) {
    const mote = room.mote(...argv);
    await mote.exited;
    return mote;
  }
});
