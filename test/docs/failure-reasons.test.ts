import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {FAILURE_REASONS} from "@mote/core";

/** The reasons that a page explains: its headings in capitals, each with a text below it. */
function explainedReasons(page: string): string[] {
  return [...page.matchAll(/^### ([A-Z_]+)\n\n(?=[^#\s])/gm)].map(([, reason = ""]) => reason);
}

describe("docs/failure-reasons.md", () => {
  const page = readFileSync(new URL("../../docs/failure-reasons.md", import.meta.url), "utf8");

  it("explains every reason once and no other, in the order of the list", () => {
    assert.deepEqual(explainedReasons(page), [...FAILURE_REASONS]);
  });

  it("the check sees a reason that is missing, unknown, explained twice, or without a text", () => {
    const others: readonly string[] = [
      page.replace("### NO_AGGREGATE", "### No aggregate"),
      page.replace("### NO_AGGREGATE", "### OUT_OF_LUCK"),
      `${page}\n### NO_AGGREGATE\n\nAgain.\n`,
      page.replace(/(### NO_AGGREGATE\n\n)[^#]*/, "$1"),
    ];
    for (const other of others) assert.notDeepEqual(explainedReasons(other), [...FAILURE_REASONS]);
  });
});
