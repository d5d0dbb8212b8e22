import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";

describe("@mote/consensus/execution", () => {
  it("can be loaded before the preset is chosen: it reaches nothing of @lodestar", () => {
    const index = new URL("../../src/execution/index.ts", import.meta.url).href;
    const script = `
      import {registerHooks} from "node:module";
      const seen = [];
      registerHooks({load: (url, context, next) => { seen.push(url); return next(url, context); }});
      await import(${JSON.stringify(index)});
      console.log(seen.filter((url) => /lodestar|chainsafe/.test(url)).length, seen.length > 5);`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], {encoding: "utf8"});
    assert.equal(out.trim(), "0 true");
  });
});
