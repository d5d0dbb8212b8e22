import assert from "node:assert/strict";
import {cpSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {KeystoreFolder} from "../support/keystores.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";

const OTHER_ROOT = `0x${"42".repeat(32)}`;
/** A state begins with its genesis time, 8 bytes, and the root follows. */
const ROOT_OFFSET = 8;

describe("a testnet directory that the devnet wrote", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  let dir: string;
  let devnet: MoteProcess;
  let urls: string;
  before(async () => {
    room = await rooms.open();
    dir = join(room.dir, "testnet");
    const size = ["--validators", "8", "--seconds-per-slot", "1", "--genesis-delay", "6"];
    devnet = room.mote("devnet", "--no-node", "--json", "--write-testnet", dir, ...size);
    const said = await explained(devnet, () =>
      devnet.stderrSays(/^mote start --testnet-dir (\S+) --beacon-nodes (\S+) --keystores-dir/m),
    );
    assert.equal(said[1], dir);
    urls = said[2]!;
  });
  after(() => rooms.clear());

  const start = (name: string, testnetDir: string, keys: readonly number[]): MoteProcess => {
    const folder = new KeystoreFolder(join(room.dir, name));
    for (const key of keys) folder.add(key);
    const datadir = ["--datadir", join(room.dir, name, "data")];
    return room.mote(
      "start",
      "--testnet-dir",
      testnetDir,
      "--beacon-nodes",
      urls,
      ...datadir,
      "--init-slashing-protection",
      "--json",
      ...folder.flags,
    );
  };

  /** Joins by a changed copy of the directory, and is refused with exit 2 and the value that differs. */
  const assertRefused = async (name: string, change: (copy: string) => void, expected: RegExp): Promise<void> => {
    const copy = join(room.dir, `testnet-${name}`);
    cpSync(dir, copy, {recursive: true});
    change(copy);
    const mote = start(name, copy, [7]);
    const {code} = await mote.exited;
    await explained(mote, () => {
      assert.equal(code, 2);
      const errors = mote.lines.filter(({level}) => level === "error").map(({msg}) => msg);
      assert.match(errors.at(-1) ?? "", expected);
      assert.equal(mote.stderr, "");
    });
  };

  it("is joined with keystores, and their votes are included", async () => {
    const keys = [0, 1, 2, 3, 4, 5];
    const mote = start("joined", dir, keys);
    await explained(mote, async () => {
      const {withDuties} = await mote.ready();
      assert.equal(withDuties, keys.length);
      const {validatorIndices, published} = await mote.line(
        ({event, included}) => event === "slot" && Number(included) > 0,
      );
      assert.ok(Number(published) > 0);
      for (const index of validatorIndices as number[]) assert.ok(keys.includes(index));
      // The chain's own word for it.
      await devnet.stderrSays(/^slot \d+ .* votes 1\/1 /m);
    });
  });

  it("is refused when its genesis state is another chain's", () =>
    assertRefused(
      "state",
      (copy) => {
        const path = join(copy, "genesis.ssz");
        const state = readFileSync(path);
        state.fill(0x42, ROOT_OFFSET, ROOT_OFFSET + 32);
        writeFileSync(path, state);
        rmSync(join(copy, "genesis_validators_root.txt"));
      },
      new RegExp(`genesis_validators_root is 0x[0-9a-f]{64} there and ${OTHER_ROOT} here`),
    ));

  it("is refused when its files are of two chains", () =>
    assertRefused(
      "two",
      (copy) => writeFileSync(join(copy, "genesis_validators_root.txt"), `${OTHER_ROOT}\n`),
      new RegExp(`describes two chains: genesis.ssz says 0x[0-9a-f]{64}, genesis_validators_root.txt ${OTHER_ROOT}`),
    ));

  it("is refused when its genesis validators root is another chain's", () =>
    assertRefused(
      "root",
      (copy) => {
        rmSync(join(copy, "genesis.ssz"));
        writeFileSync(join(copy, "genesis_validators_root.txt"), `${OTHER_ROOT}\n`);
      },
      new RegExp(`genesis_validators_root is 0x[0-9a-f]{64} there and ${OTHER_ROOT} here`),
    ));

  it("is refused when a fork version is another chain's", () =>
    assertRefused(
      "version",
      (copy) => {
        const path = join(copy, "config.yaml");
        const text = readFileSync(path, "utf8");
        const changed = text.replace("FULU_FORK_VERSION: 0x066d6f74", "FULU_FORK_VERSION: 0x06000001");
        assert.notEqual(changed, text);
        writeFileSync(path, changed);
      },
      /FULU_FORK_VERSION is 0x066d6f74 there and 0x06000001 here/,
    ));

  it("does not take the place of another network's config", async () => {
    const taken = join(room.dir, "hoodi");
    cpSync(dir, taken, {recursive: true});
    writeFileSync(join(taken, "config.yaml"), "CONFIG_NAME: hoodi\n");
    const mote = room.mote("devnet", "--no-node", "--json", "--write-testnet", taken);
    const {code} = await mote.exited;
    await explained(mote, () => {
      assert.equal(code, 2);
      assert.match(mote.stderr, /^mote: --write-testnet: .*hoodi has the config\.yaml of another network$/m);
    });
    assert.equal(readFileSync(join(taken, "config.yaml"), "utf8"), "CONFIG_NAME: hoodi\n");
  });

  it("has led to no slashable message", async () => {
    devnet.signal("SIGINT");
    const {code} = await devnet.exited;
    await explained(devnet, () => {
      assert.equal(code, 0);
      const summary = JSON.parse(devnet.stdout);
      assert.ok(summary.attestations !== undefined && summary.slashableMessages === 0);
    });
  });
});
