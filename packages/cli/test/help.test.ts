import assert from "node:assert/strict";
import {type OptionTable, START_OPTIONS} from "@mote/node/config";
import {COMMANDS} from "../src/command-table.ts";
import {DEVNET_OPTIONS} from "../src/devnet/devnet-options.ts";
import {devnetHelp, startHelp} from "../src/help.ts";
import {mainHelp} from "../src/main-help.ts";

function missingFrom(help: string, table: OptionTable): string[] {
  const flags = Object.values(table).flatMap(({name, aliases, shorthands}) => [
    name,
    ...aliases,
    ...Object.keys(shorthands),
  ]);
  return flags.filter((flag) => !new RegExp(`--${flag}(?![\\w-])`).test(help));
}

describe("help", () => {
  it("mentions every option of each command", () => {
    assert.deepEqual(missingFrom(startHelp(START_OPTIONS), START_OPTIONS), []);
    assert.deepEqual(missingFrom(devnetHelp(DEVNET_OPTIONS), DEVNET_OPTIONS), []);
  });

  it("would notice an option that is left out", () => {
    const {logLevel: _, ...rest} = START_OPTIONS;
    assert.deepEqual(missingFrom(startHelp(rest), START_OPTIONS), ["log-level"]);
  });

  it("fits a terminal of 120 columns", () => {
    for (const text of [mainHelp(COMMANDS), startHelp(START_OPTIONS), devnetHelp(DEVNET_OPTIONS)]) {
      for (const line of text.split("\n")) assert.ok(line.length <= 120, line);
    }
  });
});
