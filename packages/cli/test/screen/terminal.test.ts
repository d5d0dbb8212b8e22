import assert from "node:assert/strict";
import {Terminal} from "../../src/screen/terminal.ts";

function setUp(rows = 24) {
  let written = "";
  const stream = {
    columns: 80,
    rows,
    write: (text: string) => {
      written += text;
    },
  };
  const take = () => {
    const text = written;
    written = "";
    return text;
  };
  return {terminal: new Terminal({stream}), take};
}

describe("Terminal", () => {
  it("draws each frame over the one before, and gives the cursor back", () => {
    const {terminal, take} = setUp();
    terminal.draw(["a", "b"]);
    assert.equal(take(), "\u001b[?25l\u001b[?2026h\ra\u001b[K\nb\u001b[K\n\u001b[J\u001b[?2026l");
    terminal.draw(["c"]);
    assert.equal(take(), "\u001b[?2026h\u001b[2A\rc\u001b[K\n\u001b[J\u001b[?2026l");
    terminal.close();
    assert.equal(take(), "\u001b[?25h");
    terminal.close();
    assert.equal(take(), "");
  });

  it("leaves nothing behind that runs at the process's exit", () => {
    const before = process.listenerCount("exit");
    const {terminal} = setUp();
    terminal.draw(["a"]);
    assert.equal(process.listenerCount("exit"), before + 1);
    terminal.close();
    assert.equal(process.listenerCount("exit"), before);
  });

  it("draws no more lines than it can go back over", () => {
    const {terminal, take} = setUp(3);
    terminal.draw(["a", "b", "c", "d"]);
    take();
    terminal.draw(["e"]);
    assert.ok(take().includes("\u001b[2A"));
    terminal.close();
  });
});
