import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {importsOf} from "../../scripts/check-dag/imports.ts";
import {checkDag} from "../../scripts/check-dag/rules.ts";

type Files = Record<string, string>;

function manifest(folder: string, dependencies: Record<string, string> = {}, more: object = {}): string {
  return JSON.stringify({
    name: `@mote/${folder}`,
    exports: {".": {default: "./dist/index.js"}},
    dependencies,
    ...more,
  });
}

/** A small house in order; each test breaks one thing in it. */
const HOUSE: Files = {
  "package.json": JSON.stringify({name: "mote", devDependencies: {mocha: "1.0.0"}}),
  "packages/core/package.json": manifest("core", {}, {devDependencies: {"@lodestar/types": "1.0.0"}}),
  "packages/core/src/index.ts": `export * from "./ports/a.ts";\n`,
  "packages/core/src/ports/a.ts": `import type {ssz} from "@lodestar/types";\nexport type A = typeof ssz;\n`,
  "packages/consensus/package.json": manifest(
    "consensus",
    {"@mote/core": "0.1.0", "@lodestar/types": "1.0.0"},
    {exports: {".": {default: "./dist/index.js"}, "./secret-key": {default: "./dist/secret-key.js"}}},
  ),
  "packages/consensus/src/index.ts": `export {ssz} from "@lodestar/types";\nimport type {A} from "@mote/core";\n`,
  "packages/consensus/src/secret-key.ts": `export const a = 1;\n`,
  "packages/duty-signing/package.json": manifest("duty-signing", {"@mote/consensus": "0.1.0"}),
  "packages/duty-signing/src/index.ts": `export {a} from "@mote/consensus/secret-key";\n`,
  "packages/devnet/package.json": manifest("devnet", {"@mote/consensus": "0.1.0"}),
  "packages/devnet/src/index.ts": `export {a} from "@mote/consensus/secret-key";\n`,
  "packages/node/package.json": manifest(
    "node",
    {"@mote/consensus": "0.1.0", "@mote/duty-signing": "0.1.0", yaml: "1.0.0"},
    {exports: {".": {default: "./dist/index.js"}, "./config": {default: "./dist/config/index.js"}}},
  ),
  "packages/node/src/index.ts": `import "./run.ts";\nimport {ssz} from "@mote/consensus";\nexport {ssz};\n`,
  "packages/node/src/run.ts": `export {};\n`,
  "packages/node/src/config/index.ts": `import {parse} from "yaml";\nimport {join} from "node:path";\nexport {parse, join};\n`,
  "packages/cli/package.json": manifest("cli", {"@mote/node": "0.1.0"}, {peerDependencies: {"@mote/devnet": "0.1.0"}}),
  "packages/cli/src/main.ts": `import {parse} from "@mote/node/config";\nimport type {ssz} from "@mote/node";
const {run} = await import("@mote/node");\nawait import("@mote/devnet");\nexport {parse, run};\n`,
};

const check = (changes: Files): string[] => checkDag(new Map(Object.entries({...HOUSE, ...changes})));

/** What each broken house is refused for. A rule that catches nothing here is no rule. */
const BROKEN: readonly {what: string; changes: Files; says: RegExp}[] = [
  {
    what: "a sibling in the sources",
    changes: {"packages/duty-signing/src/b.ts": `import {x} from "@mote/devnet";\n`},
    says: /duty-signing\/src\/b\.ts:1: duty-signing may not import @mote\/devnet/,
  },
  {
    what: "a sibling as a type only",
    changes: {"packages/duty-signing/src/b.ts": `\nimport type {\n  X,\n} from "@mote/devnet";\n`},
    says: /duty-signing may not import @mote\/devnet/,
  },
  {
    what: "a sibling by import()",
    changes: {"packages/duty-signing/src/b.ts": `const x = await import(\n  "@mote/devnet"\n);\n`},
    says: /duty-signing may not import @mote\/devnet/,
  },
  {
    what: "a sibling in a type query",
    changes: {"packages/duty-signing/src/b.ts": `type X = typeof import("@mote/devnet");\n`},
    says: /duty-signing may not import @mote\/devnet/,
  },
  {
    what: "an upward dependency in a manifest, and with it a circle",
    changes: {
      "packages/consensus/package.json": manifest("consensus", {"@mote/node": "0.1.0", "@lodestar/types": "1.0.0"}),
    },
    says: /consensus may not depend on @mote\/node[\s\S]*in a circle: consensus → node → consensus/,
  },
  {
    what: "a forbidden devDependency",
    changes: {
      "packages/duty-signing/package.json": manifest("duty-signing", {}, {devDependencies: {"@mote/devnet": "0.1.0"}}),
    },
    says: /duty-signing may not depend on @mote\/devnet/,
  },
  {
    what: "a package that the table does not know",
    changes: {"packages/extra/package.json": manifest("extra")},
    says: /package extra is not in the import table/,
  },
  {
    what: "testing in the sources",
    changes: {
      "packages/duty-signing/package.json": manifest(
        "duty-signing",
        {"@mote/consensus": "0.1.0"},
        {devDependencies: {"@mote/testing": "0.1.0"}},
      ),
      "packages/duty-signing/src/b.ts": `import type {x} from "@mote/testing";\n`,
    },
    says: /duty-signing may not import @mote\/testing/,
  },
  {
    what: "an undeclared dependency",
    changes: {"packages/node/src/b.ts": `import pino from "pino";\n`},
    says: /pino is not declared in packages\/node\/package\.json/,
  },
  {
    what: "a devDependency at run time",
    changes: {
      "packages/node/package.json": manifest("node", {yaml: "1.0.0"}, {devDependencies: {pino: "1.0.0"}}),
      "packages/node/src/b.ts": `import {pino} from "pino";\n`,
    },
    says: /pino is a devDependency, and is needed at run time/,
  },
  {
    what: "a range of versions",
    changes: {"packages/cli/package.json": manifest("cli", {"@mote/node": "^0.1.0"})},
    says: /@mote\/node is not pinned to an exact version/,
  },
  {
    what: "two versions of one package",
    changes: {"packages/cli/package.json": manifest("cli", {yaml: "1.0.1"})},
    says: /yaml is 1\.0\.1 here and 1\.0\.0 in packages\/node/,
  },
  {
    what: "a secret key outside its holders",
    changes: {"packages/node/src/b.ts": `import {a} from "@mote/consensus/secret-key";\n`},
    says: /only duty-signing and devnet may import/,
  },
  {
    what: "devnet loaded at once by cli",
    changes: {"packages/cli/src/b.ts": `import {a} from "@mote/devnet";\n`},
    says: /cli reaches @mote\/devnet by import\(\) only/,
  },
  {
    what: "devnet in every installation of cli",
    changes: {"packages/cli/package.json": manifest("cli", {"@mote/node": "0.1.0", "@mote/devnet": "0.1.0"})},
    says: /cli\/package\.json: @mote\/devnet must be an optional peer/,
  },
  {
    what: "core with a runtime import",
    changes: {"packages/core/src/ports/b.ts": `import {ssz} from "@lodestar/types";\n`},
    says: /core imports nothing but types/,
  },
  {
    what: "core with a chain type outside its ports",
    changes: {"packages/core/src/b.ts": `import type {ssz} from "@lodestar/types";\n`},
    says: /core imports nothing but types/,
  },
  {
    what: "core with a dependency",
    changes: {"packages/core/package.json": manifest("core", {yaml: "1.0.0"})},
    says: /core has no runtime dependency/,
  },
  {
    what: "a static path from the entry to @lodestar",
    changes: {
      "packages/node/src/config/index.ts": `import {x} from "../deep.ts";\n`,
      "packages/node/src/deep.ts": `export * from "@mote/consensus";\n`,
    },
    says: /cli\/src\/main\.ts → packages\/node\/src\/config\/index\.ts → packages\/node\/src\/deep\.ts → packages\/consensus\/src\/index\.ts → @lodestar\/types: loaded before/,
  },
  {
    what: "an inline type import, whose module is loaded all the same",
    changes: {"packages/cli/src/main.ts": `import {type ssz} from "@mote/node";\n`},
    says: /loaded before the preset is set/,
  },
  {
    what: "a relative import into another package",
    changes: {"packages/node/src/b.ts": `import {a} from "../../core/src/index.ts";\n`},
    says: /leaves the package's src/,
  },
  {
    what: "an import from top-level test",
    changes: {"packages/node/src/b.ts": `import {a} from "../../../test/a.ts";\n`},
    says: /leaves the package's src/,
  },
  {
    what: "a subpath that is not exported",
    changes: {"packages/cli/src/b.ts": `import {a} from "@mote/node/run.js";\n`},
    says: /@mote\/node does not export @mote\/node\/run\.js/,
  },
  {
    what: "an import() that nobody can check",
    changes: {"packages/cli/src/b.ts": "const name = `x`;\nawait import(name);\n"},
    says: /cli\/src\/b\.ts:2: import\(\) of something that is not a plain string/,
  },
  {
    what: "a way round imports",
    changes: {"packages/cli/src/b.ts": `import {createRequire} from "node:module";\n`},
    says: /node:module can load what no rule sees/,
  },
  {
    what: "files in a circle",
    changes: {"packages/node/src/a.ts": `import "./b.ts";\n`, "packages/node/src/b.ts": `import "./a.ts";\n`},
    says: /files import each other in a circle: packages\/node\/src\/a\.ts → packages\/node\/src\/b\.ts → packages\/node\/src\/a\.ts/,
  },
];

describe("checkDag", () => {
  it("passes a house that is in order", () => {
    assert.deepEqual(check({}), []);
  });

  for (const {what, changes, says} of BROKEN) {
    it(`catches ${what}`, () => assert.match(check(changes).join("\n"), says));
  }

  it("misses its entry when there is none", () => {
    const {"packages/cli/src/main.ts": _, ...rest} = HOUSE;
    assert.match(checkDag(new Map(Object.entries(rest))).join(), /there is no packages\/cli\/src\/main\.ts/);
  });

  it("lets types go in a circle of files, and comments say what they like", () => {
    const changes = {
      "packages/node/src/a.ts": `import type {B} from "./b.ts";\n// import x from "@mote/devnet";\n/* await import("pino") */\n`,
      "packages/node/src/b.ts": `import type {A} from "./a.ts";\nconst url = "http://x"; // import("pino")\n`,
    };
    assert.deepEqual(check(changes), []);
  });
});

describe("importsOf", () => {
  it("tells static, type and dynamic imports apart", () => {
    const source = [
      `import a, {type B} from "one";`,
      `import type {C} from "two";`,
      `import type D from "three";`,
      `import type from "four";`,
      `export type {E} from "five";`,
      `export * as f from "six";`,
      `import "seven";`,
      `const g = () => import("eight");`,
      `let h: import("nine").H;`,
      "const pattern = /[/]*'/; await import('ten');",
      "const text = `it's /* no comment`; import.meta.dirname;",
      `/** import("eleven") */ const url = "//"; await import("twelve"); // import("thirteen")`,
    ].join("\n");
    assert.deepEqual(
      importsOf(source).map(({kind, specifier}) => `${kind} ${specifier}`),
      ["static one", "type two", "type three", "static four", "type five", "static six", "static seven"].concat([
        "dynamic eight",
        "type nine",
        "dynamic ten",
        "dynamic twelve",
      ]),
    );
  });
});

describe("scripts/check-dag.ts", () => {
  const script = join(import.meta.dirname, "../../scripts/check-dag.ts");
  const root = mkdtempSync(join(tmpdir(), "mote-check-dag-"));
  after(() => rmSync(root, {recursive: true}));

  const run = () => spawnSync(process.execPath, [script, root], {encoding: "utf8", timeout: 9000});

  it("exits 0 for a house in order, and 1 with one line for each breach", () => {
    for (const [path, text] of Object.entries(HOUSE)) {
      mkdirSync(dirname(join(root, path)), {recursive: true});
      writeFileSync(join(root, path), text);
    }
    assert.equal(run().status, 0);
    writeFileSync(join(root, "packages/node/src/b.ts"), `import "pino";\n`);
    const broken = run();
    assert.equal(broken.status, 1);
    assert.equal(
      broken.stderr,
      "check-dag: packages/node/src/b.ts:1: pino is not declared in packages/node/package.json\n",
    );
  });
});
