import assert from "node:assert/strict";
import {readdirSync, readFileSync} from "node:fs";
import {namesOf} from "@mote/node/config";
import {COMMANDS} from "../../packages/cli/src/command-table.ts";

const root = new URL("../../", import.meta.url);

/** What stands before `mote`: another user, a container, npm. */
const COMMAND =
  /^(?:sudo -u \S+ |docker compose exec \S+ |docker compose run .* --entrypoint mote |npm run )?mote (?:-- )?(.*)$/;

/** Every `mote …` of the page's shell blocks, as words. Comments and pipes end a command. */
function shownCommands(page: string): string[][] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  return blocks
    .flatMap((block) => block.split("\n"))
    .map((line) => COMMAND.exec(line.replace(/\s+[#|>].*$/, ""))?.[1]?.split(" "))
    .filter((words) => words !== undefined);
}

/** What a reader who types it would be told; null: nothing. */
async function problemOf([name = "", second = "", ...rest]: readonly string[]): Promise<string | null> {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return `there is no mote ${name}`;
  const below = command.subcommands?.find((each) => each.name === second);
  if (command.subcommands !== undefined && below === undefined) return `there is no mote ${name} ${second}`;
  const table = (await (below ?? command).options?.()) ?? {};
  const known = Object.values(table).flatMap((option) => [...namesOf(option), ...Object.keys(option.shorthands)]);
  const flags = [second, ...rest].flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
  const unknown = flags.find((flag) => !known.includes(flag) && flag !== "help");
  return unknown === undefined ? null : `mote ${name} has no --${unknown}`;
}

describe("docs: commands", () => {
  const pages = [...readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`), "README.md"];
  for (const page of pages) {
    it(`of ${page} are understood`, async () => {
      for (const words of shownCommands(readFileSync(new URL(page, root), "utf8")))
        assert.equal(await problemOf(words), null, words.join(" "));
    });
  }

  it("the check sees a command, a subcommand and a flag that there are not", async () => {
    const page = "```sh\nmote fly\nsudo -u mote mote keys lose 0x12\nmote exit --all --gently | cat --not-ours\n```\n";
    const problems = await Promise.all(shownCommands(page).map(problemOf));
    assert.deepEqual(problems, ["there is no mote fly", "there is no mote keys lose", "mote exit has no --gently"]);
  });
});
