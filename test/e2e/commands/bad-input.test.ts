import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {KeystoreFolder} from "../support/keystores.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import {Room} from "../support/room.ts";
import {begun, explained} from "../support/scenario.ts";
import {UnwillingServer} from "../support/unwilling-server.ts";
import {VoteTap} from "../support/vote-tap.ts";

describe("bad input", function () {
  this.timeout(120_000);
  const room = new Room();
  let devnet: Devnet;
  let tap: VoteTap;
  let otherChain: Devnet;
  let early: ReturnType<typeof startBeforeBeaconNode>;
  let someKeystores: ReturnType<typeof startWithSomeKeystores>;
  before(async () => {
    early = begun(startBeforeBeaconNode(room));
    devnet = await room.devnet({validators: 32, beaconNodes: 2});
    otherChain = await room.devnet({validators: 8});
    tap = new VoteTap(devnet);
    devnet.start();
    someKeystores = begun(startWithSomeKeystores(room, {devnet, tap}));
  });
  after(() => room.clear());

  /** Tests whose nodes vote have keys of their own: two nodes with one key would vote twice. */
  const start = (name: string, keys: string, {urls = nodeOf(devnet)}: {urls?: readonly string[]} = {}) =>
    room.mote(...startFlags(room, name, urls), "--interop-keys", keys);

  describe("on the command line", () => {
    const assertNotUnderstood = async (argv: readonly string[], expected: RegExp) => {
      const mote = room.mote(...argv);
      const {code} = await mote.exited;
      await explained(mote, () => {
        assert.equal(code, 2);
        assert.match(mote.stderr, expected);
        assert.equal(mote.stdout, "");
      });
    };

    it("has the option suggested that was meant", async () => {
      await assertNotUnderstood(
        ["start", "--network", "devnet", "--beacon-ndoes", "http://127.0.0.1:5052", "--interop-keys", "0"],
        /^mote: unknown option "--beacon-ndoes": did you mean --beacon-nodes\?$/m,
      );
      await assertNotUnderstood(
        ["devnet", "--epoch", "3"],
        /^mote: unknown option "--epoch": did you mean --epochs\?$/m,
      );
    });

    it("has the command suggested that was meant", () =>
      assertNotUnderstood(["devent"], /^mote: there is no command "devent": did you mean mote devnet\?$/m));

    it("has a fault named that there is not, and what there is", () =>
      assertNotUnderstood(
        ["devnet", "--json", "--fault", "bn0:dwon@3"],
        /^mote: fault "bn0:dwon@3": there is no kind "dwon"; there are down, (?:[a-z0-9-]+, )*delay, (?:[a-z0-9-]+, )*wrong-duties/m,
      ));
  });

  describe("on the machine", () => {
    it("is a metrics port in use: one line", async () => {
      const server = new UnwillingServer();
      room.atEnd(() => server.close());
      const port = await server.listen();
      const flags = startFlags(room, "metrics", nodeOf(devnet));
      const mote = room.mote(...flags, "--interop-keys", "31", "--metrics", "--metrics-port", String(port));
      await assertRefused(mote, new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use`));
    });

    it("is a datadir that a running Mote holds: refused, and that one runs on", async () => {
      const first = start("shared", "8");
      await explained(first, () => first.ready());
      await assertRefused(start("shared", "8"), /another Mote runs on this data directory: .*shared/);
      assert.ok(first.isRunning, first.story());
    });

    it("is a datadir that cannot be written to", async () => {
      writeFileSync(join(room.dir, "a-file"), "");
      await assertRefused(start("a-file/datadir", "31"), /slashing protection at .*a-file\/datadir.* is not writable/);
    });
  });

  describe("that is another chain", () => {
    it("is refused with the value that differs", async () => {
      const folder = new KeystoreFolder(join(room.dir, "hoodi"));
      folder.add(0);
      const flags = ["--datadir", join(room.dir, "hoodi"), "--beacon-nodes", nodeOf(devnet).join(), "--json"];
      const mote = room.mote("start", "--network", "hoodi", ...flags, ...folder.flags, "--init-slashing-protection");
      const expected = new RegExp(`genesis_validators_root is ${devnet.chain.genesis.validatorsRoot} there`);
      // One line for the node, and one for the end.
      await assertRefused(mote, expected, {errorsMax: 2});
    });

    it("is refused when the datadir has protected keys on a first one", async () => {
      const first = start("moved", "7");
      await explained(first, async () => {
        await first.ready();
        first.signal("SIGTERM");
        assert.equal((await first.exited).code, 0);
      });
      const [here, there] = [devnet, otherChain].map(({chain}) => chain.genesis.validatorsRoot);
      const second = start("moved", "7", {urls: otherChain.urls});
      await assertRefused(second, new RegExp(`genesis validators root ${here}, not to ${there}`));
    });

    it("leaves out the one beacon node of three that is on it, and the others are voted with", async () => {
      const vote = tap.next(({validatorIndex}) => validatorIndex >= 9);
      const mote = start("mixed", "9..30", {urls: [...nodeOf(devnet), ...otherChain.urls, ...devnet.urls.slice(1)]});
      await explained(mote, async () => {
        const {detail} = await mote.line(({msg}) => /^bn1 is on another chain/.test(msg));
        assert.match(String(detail), /genesis_validators_root/);
        await Promise.race([vote, endedWithout(mote, "a vote")]);
      });
    });
  });

  describe("that is a beacon node which does not answer", () => {
    it("is one line, however often it is tried, and is voted with once it comes", async () => {
      const {mote, beforeItCame, afterItCame} = await early;
      await explained(mote, () => {
        assert.deepEqual(beforeItCame, ["bn0 is unreachable"]);
        assert.deepEqual(afterItCame, ["bn0 is unreachable", "bn0 is ready"]);
      });
    });
  });

  describe("among the keystores", () => {
    it("is named, and the others vote", async () => {
      const {mote, refused} = await someKeystores;
      await explained(mote, () => {
        for (const [file, reason] of refused) {
          const line = mote.lines.find(({msg}) => msg.includes(file));
          assert.deepEqual([line?.level, line?.reason], ["error", reason], file);
        }
        assert.ok(mote.lines.some(({level, msg}) => level === "warn" && msg === "3 of 6 keystores are in use"));
        const voters = new Set(tap.votes.map(({validatorIndex}) => Number(validatorIndex)));
        const voted = [0, 1, 2, 3, 4, 5, 6].filter((index) => voters.has(index));
        assert.deepEqual(voted, [0, 1, 2]);
      });
    });

    it("ends the start when there is no other", async () => {
      const folder = new KeystoreFolder(join(room.dir, "none"));
      folder.add(3, "wrong password");
      folder.add(4, "cut short");
      const mote = room.mote(...startFlags(room, "none", nodeOf(devnet)), ...folder.flags);
      await assertRefused(mote, /no keystore of .*none\/keystores can be used/, {errorsMax: 3});
    });
  });

  describe("of all these kinds", () => {
    it("has led to no slashable message", () => {
      assert.deepEqual(devnet.chain.slashings.report().offences, []);
    });
  });
});

const nodeOf = (devnet: Devnet): readonly string[] => devnet.urls.slice(0, 1);

function startFlags(room: Room, name: string, urls: readonly string[]): string[] {
  const flags = ["--datadir", join(room.dir, name), "--beacon-nodes", urls.join(), "--json"];
  return ["start", "--network", "devnet", ...flags, "--init-slashing-protection"];
}

/** A node whose only beacon node answers nothing at first, until one of its votes has arrived there. */
async function startBeforeBeaconNode(room: Room) {
  const server = new UnwillingServer();
  room.atEnd(() => server.close());
  const port = await server.listen();
  const flags = startFlags(room, "early", [`http://127.0.0.1:${port}`]);
  const mote = room.mote(...flags, "--interop-keys", "0..7");
  const stateChanges = () => mote.lines.flatMap(({msg}) => /^bn0 is [a-z]+/.exec(msg) ?? []);
  return explained(mote, async () => {
    // A try is several requests.
    await Promise.race([server.tries(20), endedWithout(mote, "so many tries")]);
    const beforeItCame = stateChanges();
    await server.close();
    const late = await room.devnet({validators: 8, apiPort: port});
    const vote = new VoteTap(late).next();
    late.start();
    await Promise.race([vote, endedWithout(mote, "a vote")]);
    return {mote, beforeItCame, afterItCame: stateChanges()};
  });
}

/** A node with three good keystores and one of each defect, until the three have voted. */
async function startWithSomeKeystores(room: Room, {devnet, tap}: {devnet: Devnet; tap: VoteTap}) {
  const folder = new KeystoreFolder(join(room.dir, "some"));
  const good = [0, 1, 2];
  for (const index of good) folder.add(index);
  const refused = new Map([
    [folder.add(3, "wrong password"), "WRONG_PASSWORD"],
    [folder.add(4, "cut short"), "NOT_JSON"],
    [folder.add(5, "another's pubkey"), "PUBKEY_MISMATCH"],
  ]);
  const votes = good.map((index) => tap.next(({validatorIndex}) => validatorIndex === index));
  const mote = room.mote(...startFlags(room, "some", nodeOf(devnet)), ...folder.flags);
  return explained(mote, async () => {
    await Promise.race([Promise.all(votes), endedWithout(mote, "the votes of three validators")]);
    return {mote, refused};
  });
}

/** Asserts an end with exit code 2 whose last line says why, and no line more than it takes. */
async function assertRefused(mote: MoteProcess, expected: RegExp, {errorsMax = 1} = {}): Promise<void> {
  const {code} = await mote.exited;
  await explained(mote, () => {
    assert.equal(code, 2);
    const errors = mote.lines.filter(({level}) => level === "error").map(({msg}) => msg);
    assert.match(errors.at(-1) ?? "", expected);
    assert.ok(errors.length <= errorsMax, errors.join("\n"));
    assert.equal(mote.stderr, "");
  });
}

async function endedWithout(mote: MoteProcess, what: string): Promise<never> {
  const {code, signal} = await mote.exited;
  throw new Error(`it ended (${code ?? signal}) without ${what}`);
}
