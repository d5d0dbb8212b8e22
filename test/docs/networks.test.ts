import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {envNameOf, NETWORK_NAMES, namesOf, type Option, START_OPTIONS} from "@mote/node/config";

const readPage = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** The first cell of each row of a page's tables. */
const firstCells = (page: string): string[] =>
  [...page.matchAll(/^\| *(`[^|]*)\|/gm)].map(([, cell = ""]) => cell.trim());

describe("docs/networks.md", () => {
  const named = (page: string) => firstCells(page).map((cell) => cell.replaceAll("`", ""));

  it("has every network and no other", () => {
    assert.deepEqual(named(readPage("networks.md")).sort(), [...NETWORK_NAMES, "devnet"].sort());
  });

  it("the check sees a missing row", () => {
    const without = readPage("networks.md").replace(/^\| `chiado`.*\n/m, "");
    assert.notDeepEqual(named(without).sort(), [...NETWORK_NAMES, "devnet"].sort());
  });
});

describe("docs/flags.md", () => {
  const options: readonly Option<unknown>[] = Object.values(START_OPTIONS);
  const unknownFlags = (page: string): string[] =>
    firstCells(page)
      .flatMap((cell) => cell.match(/--[a-z0-9-]+/g) ?? [])
      .filter((flag) => !options.some((option) => namesOf(option).includes(flag.slice(2))));
  const unknownVariables = (page: string): string[] =>
    (page.match(/\bMOTE_[A-Z_0-9]+(?=:)/g) ?? []).filter(
      (name) => !options.some((option) => namesOf(option).some((each) => envNameOf(each) === name)),
    );

  it("names flags and variables of Mote that there are", () => {
    assert.deepEqual(unknownFlags(readPage("flags.md")), []);
    assert.deepEqual(unknownVariables(readPage("flags.md")), []);
  });

  it("the check sees one that there is not", () => {
    assert.deepEqual(unknownFlags("| `--beacon-knots` | x |\n"), ["--beacon-knots"]);
    assert.deepEqual(unknownVariables("MOTE_NETWERK: x"), ["MOTE_NETWERK"]);
  });
});
