import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {KEYSTORE_FAILURES} from "@mote/duty-signing";
import {START_OPTIONS} from "@mote/node/config";
import {DEVNET_OPTIONS} from "../../packages/cli/src/devnet/devnet-options.ts";

const readPage = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** What the first cells of a page's table rows name between backticks: `--flag <value>` without its value, or a plain name. */
const namedInTables = (page: string, pattern: RegExp): string[] =>
  [...page.matchAll(/^\| *(`[^|]*)\|/gm)].flatMap(([, cell = ""]) => cell.match(pattern) ?? []);

const flagsOf = (table: Readonly<Record<string, {readonly name: string}>>): string[] =>
  Object.values(table).map(({name}) => `--${name}`);

describe("docs: tables of names", () => {
  const running = readPage("running.md");
  const devnet = readPage("devnet.md");
  const flag = /--[a-z0-9-]+/g;

  it("running.md has every option of mote start, in the order of the help, and no other", () => {
    assert.deepEqual(namedInTables(running, flag), flagsOf(START_OPTIONS));
  });

  it("devnet.md has every option of mote devnet and no other", () => {
    assert.deepEqual(namedInTables(devnet, flag).sort(), flagsOf(DEVNET_OPTIONS).sort());
  });

  it("running.md has every reason why a keystore gives no key, and no other", () => {
    assert.deepEqual(namedInTables(running, /(?<=`)[A-Z_]+(?=`)/g), [...KEYSTORE_FAILURES]);
  });

  it("the check sees a missing row and one too many", () => {
    const without = running.replace(/^\| *`--datadir`.*\n/m, "");
    const withOther = running.replace(/^(\| *`--datadir`)/m, "| `--magic` | x | x | x |\n$1");
    assert.notEqual(without, running);
    assert.notEqual(withOther, running);
    for (const page of [without, withOther]) assert.notDeepEqual(namedInTables(page, flag), flagsOf(START_OPTIONS));
  });
});
