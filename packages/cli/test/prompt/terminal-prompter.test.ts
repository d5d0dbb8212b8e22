import assert from "node:assert/strict";
import type {CommandIo} from "../../src/command-io.ts";
import {newPassword} from "../../src/prompt/new-password.ts";
import {StoppedError} from "../../src/prompt/stopped-error.ts";
import {TerminalPrompter} from "../../src/prompt/terminal-prompter.ts";
import {memoryIo} from "../support/memory-io.ts";

/** Asks with these pieces as standard input; whether the terminal echoes is noted as each piece is read. */
function prompterOn(pieces: readonly string[], {isTTY = true, stop = new AbortController()} = {}) {
  const echoes: boolean[] = [];
  const modes: boolean[] = [];
  let isRaw = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      echoes.push(!isRaw);
      yield Buffer.from(piece);
    }
  }
  const stdin: CommandIo["stdin"] = Object.assign(chunks(), {
    isTTY,
    setRawMode: (mode: boolean) => {
      isRaw = mode;
      modes.push(mode);
    },
  });
  const {io, stderr} = memoryIo({stdin, stop: stop.signal});
  return {prompter: new TerminalPrompter({io}), stderr, echoes, modes};
}
const question = {text: "Your name:", flag: "--name <name>"};
const refused = (pattern: RegExp) => (error: Error & {exitCode?: number}) =>
  error.exitCode === 2 && pattern.test(error.message);

describe("the prompter on a terminal", () => {
  it("asks on standard error and takes the line", async () => {
    const {prompter, stderr, echoes} = prompterOn(["  Ada \n", "more\n"]);
    assert.equal(await prompter.ask(question), "Ada");
    assert.equal(await prompter.ask(question), "more");
    assert.equal(stderr(), "Your name: Your name: ");
    assert.deepEqual(echoes, [true, true]);
  });

  it("turns the echo off before a hidden question and on after it", async () => {
    const {prompter, stderr, echoes, modes} = prompterOn(["se", "cret 1 \r"]);
    assert.equal(await prompter.askHidden(question), "secret 1 ");
    assert.deepEqual(echoes, [false, false]);
    assert.deepEqual(modes, [true, false]);
    assert.equal(stderr(), "Your name: \n");
  });

  it("takes pasted lines as one answer where a question says so", async () => {
    const words = {...question, wordsMax: 24};
    const pasted = prompterOn(["one two\rthree\r\n\rfour\r", "next\r"]);
    assert.deepEqual((await pasted.prompter.askHidden(words)).split(/ +/), ["one", "two", "three", "four"]);
    assert.equal(await pasted.prompter.askHidden(words), "next");
    const inPieces = prompterOn(["one\rtw", "o\rthree", "\r"]);
    assert.equal(await inPieces.prompter.askHidden(words), "one two three");
    const others = prompterOn(["one\rtwo\r"]);
    assert.equal(await others.prompter.askHidden(question), "one");
  });

  it("puts the terminal right at Ctrl-C and when the process is told to stop", async () => {
    const pressed = prompterOn(["ab\u0003"]);
    await assert.rejects(pressed.prompter.askHidden(question), StoppedError);
    assert.deepEqual(pressed.modes, [true, false]);
    const stop = new AbortController();
    const told = prompterOn(["ab"], {stop});
    const asking = told.prompter.askHidden(question);
    stop.abort();
    await assert.rejects(asking, StoppedError);
    assert.deepEqual(told.modes, [true, false]);
  });

  it("keeps lines that were pasted together for the next questions", async () => {
    const {prompter} = prompterOn(["one\ntwo\nthree\r"]);
    assert.equal(await prompter.ask(question), "one");
    assert.equal(await prompter.ask(question), "two");
    assert.equal(await prompter.askHidden(question), "three");
  });

  it("takes an empty answer to a yes-or-no question for its default, and asks again what it does not understand", async () => {
    const {prompter, stderr} = prompterOn(["\n", "\n", "perhaps\n", "YES\n", "n\n"]);
    assert.equal(await prompter.confirm(question), false);
    assert.equal(await prompter.confirm(question, {default: true}), true);
    assert.equal(await prompter.confirm(question), true);
    assert.equal(await prompter.confirm(question, {default: true}), false);
    assert.match(stderr(), /Your name: \[y\/N\] Your name: \[Y\/n\] Your name: \[y\/N\] please answer yes or no\n/);
  });

  it("lists choices and takes their number", async () => {
    const {prompter, stderr} = prompterOn(["3\n", "0\n", "x\n", "2\n"]);
    const choices = [
      {value: "a", text: "the first"},
      {value: "b", text: "the second"},
    ];
    assert.equal(await prompter.choose({text: "Which?", flag: "--which"}, choices), "b");
    assert.match(stderr(), /^ {2}1 {2}the first\n {2}2 {2}the second\nWhich\? \[1-2\] please answer with a number/);
  });

  it("asks for a new password until two entries are the same and long enough", async () => {
    const {prompter} = prompterOn(["short\r", "long enough\r", "long enaugh\r", "long enough\r", "long enough\r"]);
    const said: string[] = [];
    const components = {prompter, say: (line: string) => said.push(line)};
    const source = {file: null, flag: "--password-file"};
    assert.equal(await newPassword("the keystore", source, components), "long enough");
    assert.deepEqual(said, [
      "the password has to have 8 characters or more: try again",
      "the two are not the same: try again",
    ]);
  });
});

describe("the prompter without a terminal", () => {
  it("reads lines, shows no questions, and takes a last line without a newline", async () => {
    const {prompter, stderr, modes} = prompterOn(["one\r\ntw", "o"], {isTTY: false});
    assert.equal(await prompter.ask(question), "one");
    assert.equal(await prompter.askHidden(question), "two");
    assert.deepEqual([stderr(), modes], ["", []]);
  });

  it("joins the lines of an answer of words, to an empty line, the end or as many as there can be", async () => {
    const words = {...question, wordsMax: 4};
    const piped = (...pieces: readonly string[]) => prompterOn(pieces, {isTTY: false}).prompter;
    assert.equal(await piped("one two\r\nth", "ree\r\n").askHidden(words), "one two three");
    const withMore = piped("\none\n two\n\nnext\n");
    assert.equal(await withMore.askHidden(words), "one two");
    assert.equal(await withMore.ask(question), "next");
    const full = piped("one two three four\nnext\n");
    assert.equal(await full.askHidden(words), "one two three four");
    assert.equal(await full.askHidden(question), "next");
    await assert.rejects(piped("\n \n").askHidden(words), refused(/nobody is there/));
    await assert.rejects(
      piped(...Array(100).fill(`${"x".repeat(999)}\n`)).askHidden({...words, wordsMax: 200}),
      refused(/too long/),
    );
  });

  it("names the flag when nobody answers", async () => {
    for (const ask of ["ask", "askHidden", "confirm"] as const) {
      const {prompter} = prompterOn([], {isTTY: false});
      await assert.rejects(
        prompter[ask](question),
        refused(/nobody is there to answer "Your name:.*: give --name <name>/),
      );
    }
  });

  it("refuses an answer that it does not understand, and one without an end", async () => {
    const {prompter} = prompterOn(["perhaps\n"], {isTTY: false});
    await assert.rejects(prompter.confirm(question), refused(/please answer yes or no, or give --name/));
    const endless = prompterOn(Array(100).fill("x".repeat(1000)), {isTTY: false});
    await assert.rejects(endless.prompter.ask(question), refused(/too long/));
  });
});
