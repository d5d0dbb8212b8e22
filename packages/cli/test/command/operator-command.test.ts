import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {BEACON_NODES, CHAIN_OPTIONS} from "../../src/command/common-options.ts";
import {type OperatorContext, runOperatorCommand} from "../../src/command/operator-command.ts";
import {COMMANDS} from "../../src/command-table.ts";
import {FOLDER_OPTIONS} from "../../src/keys/options.ts";
import {memoryIo} from "../support/memory-io.ts";
import {Workshop} from "../support/operator-room.ts";

const TABLE = {...CHAIN_OPTIONS, ...BEACON_NODES};

describe("the frame of the commands", () => {
  const shop = new Workshop();
  after(() => shop.remove());

  async function run(argv: readonly string[], table: typeof TABLE | typeof FOLDER_OPTIONS = TABLE) {
    const {io, stderr} = memoryIo({workingDir: shop.dir, homeDir: shop.dir});
    const contexts: OperatorContext<typeof table>[] = [];
    const load = async () => async (context: OperatorContext<typeof table>) => {
      contexts.push(context);
      return 0;
    };
    const asked: unknown[] = [];
    const settlePreset = async ({nodes}: {readonly nodes: unknown}) => void asked.push(nodes);
    const text = {name: "mote test", intro: "", outro: "", takesWords: false};
    const code = await runOperatorCommand({...text, table, load}, argv, io, {settlePreset});
    return {code, stderr: stderr(), nodes: contexts[0]?.beaconNodes, asked: asked[0]};
  }

  it("gives each beacon node what it wants to see, also to settle the preset", async () => {
    writeFileSync(shop.path("ca.pem"), "CA");
    const words = ["--network", "devnet", "--beacon-nodes", "http://a:1,https://b:2"];
    const access = ["--beacon-node-header", "bn1=Authorization: Bearer secret", "--beacon-node-ca", "ca.pem"];
    const {code, nodes, asked} = await run([...words, ...access]);
    assert.equal(code, 0);
    assert.deepEqual(nodes, [
      {name: "bn0", url: "http://a:1"},
      {name: "bn1", url: "https://b:2", headers: {Authorization: "Bearer secret"}, tls: {ca: "CA"}},
    ]);
    assert.deepEqual(asked, nodes);
  });

  it("refuses what would reach no beacon node, and repeats no secret", async () => {
    const words = ["--network", "devnet", "--beacon-nodes", "http://a:1"];
    const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
      [["--beacon-node-header", "bn1=Authorization: Bearer secret"], /there is no bn1/],
      [["--beacon-node-header", "Bearer secret"], /is not a header/],
      [["--beacon-node-ca", "bn0=none.pem"], /none\.pem" cannot be used/],
      [["--beacon-node-cert", "cert.pem"], /no beacon node has an https URL/],
    ];
    for (const [more, pattern] of cases) {
      const {code, stderr, nodes} = await run([...words, ...more]);
      assert.deepEqual([code, nodes], [2, undefined]);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /secret/);
    }
  });

  it("passes over what mote start alone uses: headers of proposer nodes", async () => {
    const words = ["--network", "devnet", "--beacon-nodes", "http://a:1"];
    const {nodes} = await run([...words, "--beacon-node-header", "proposer0=X: 1"]);
    assert.deepEqual(nodes, [{name: "bn0", url: "http://a:1"}]);
  });

  it("moves no stake on mainnet before somebody accepts that nobody has audited it", async () => {
    const {code, stderr, nodes} = await run(["--network", "mainnet"]);
    assert.deepEqual([code, nodes], [2, undefined]);
    assert.match(stderr, /real money, and nobody outside the project has audited Mote.*\n.*what mote test makes/);
    assert.match(stderr, /cost you your stake, add --accept-unaudited-mainnet/);
    assert.equal((await run(["--network", "mainnet", "--accept-unaudited-mainnet"])).code, 0);
    assert.equal((await run(["--network", "hoodi"])).code, 0);
    assert.equal((await run(["--network", "mainnet"], FOLDER_OPTIONS)).code, 0, "keys can be thrown away again");
  });

  it("asks so in every command about the stake, and in no other but those that run duties", async () => {
    const asking: string[] = [];
    for (const {name, options, subcommands = []} of COMMANDS) {
      const tables = await Promise.all([options, ...subcommands.map((each) => each.options)].map((load) => load?.()));
      if (tables.some((table) => table?.acceptMainnet !== undefined)) asking.push(name);
    }
    const stake = COMMANDS.filter(({group}) => group === "Your stake").map(({name}) => name);
    assert.deepEqual(asking.sort(), ["doctor", "start", ...stake].sort());
  });
});
