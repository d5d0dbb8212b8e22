import assert from "node:assert/strict";
import {mkdirSync, mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {type LockEntries, productionTree} from "../../scripts/pack/production-tree.ts";

/** cli needs ours and a; ours needs b of its own version; a needs b, and prebuilt parts for two platforms. */
const ENTRIES: LockEntries = {
  "": {},
  "node_modules/@mote/ours": {link: true, resolved: "packages/ours"},
  "packages/cli": {
    dependencies: {"@mote/ours": "0.1.0", a: "1.0.0"},
    peerDependencies: {"@mote/devnet": "0.1.0"},
    peerDependenciesMeta: {"@mote/devnet": {optional: true}},
  },
  "packages/ours": {dependencies: {b: "2.0.0"}},
  "packages/ours/node_modules/b": {version: "2.0.0"},
  "node_modules/a": {
    dependencies: {b: "^1.0.0"},
    optionalDependencies: {"a-here": "1.0.0", "a-elsewhere": "1.0.0"},
    peerDependencies: {c: "*"},
  },
  "node_modules/a-here": {},
  "node_modules/a-elsewhere": {},
  "node_modules/b": {version: "1.0.0"},
  "node_modules/c": {},
  "node_modules/mocha": {},
};

describe("production tree", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "mote-tree-"));
    for (const place of Object.keys(ENTRIES)) {
      if (place !== "node_modules/a-elsewhere") mkdirSync(join(root, place), {recursive: true});
    }
  });
  afterEach(() => rmSync(root, {recursive: true, force: true}));

  const tree = (entries: LockEntries = ENTRIES) =>
    productionTree(entries, {entry: "packages/cli", root})
      .map(({from, to}) => `${from} → ${to}`)
      .sort();

  it("holds what is needed where it is looked for, and neither tools nor optional peers nor other platforms", () => {
    assert.deepEqual(tree(), [
      "node_modules/a → node_modules/a",
      "node_modules/a-here → node_modules/a-here",
      "node_modules/b → node_modules/b",
      "node_modules/c → node_modules/c",
      "packages/cli → ",
      "packages/ours → node_modules/@mote/ours",
      "packages/ours/node_modules/b → node_modules/@mote/ours/node_modules/b",
    ]);
  });

  it("refuses a tree in which something is missing", () => {
    const {"node_modules/c": _, ...withoutPeer} = ENTRIES;
    assert.throws(() => tree(withoutPeer), /node_modules\/a needs c, which is not installed/);
    rmSync(join(root, "node_modules/b"), {recursive: true});
    assert.throws(() => tree(), /node_modules\/a needs b, which is not installed/);
  });

  it("refuses two versions for one place", () => {
    mkdirSync(join(root, "packages/cli/node_modules/b"), {recursive: true});
    const entries = {
      ...ENTRIES,
      "packages/cli": {dependencies: {...ENTRIES["packages/cli"]?.dependencies, b: "3.0.0"}},
      "packages/cli/node_modules/b": {version: "3.0.0"},
    };
    assert.throws(() => tree(entries), /would both lie at node_modules\/b$/);
  });
});
