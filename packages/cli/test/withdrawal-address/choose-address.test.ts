import assert from "node:assert/strict";
import type {ExecutionAddress} from "@mote/core";
import {withdrawalAddress} from "../../src/withdrawal-address/choose-address.ts";
import {ScriptedPrompter} from "../keys/support/scripted-prompter.ts";

const ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const DEPOSIT_CONTRACT = `0x${"4242".repeat(10)}` as ExecutionAddress;

function askOnTerminal(answers: readonly string[]) {
  const said: string[] = [];
  const prompter = new ScriptedPrompter(answers, {isInteractive: true});
  const question = {given: null, flag: "--address", yes: false, depositContract: DEPOSIT_CONTRACT};
  return {said, prompter, address: withdrawalAddress(question, {prompter, say: (line) => said.push(line)})};
}

describe("the address that is asked for on a terminal", () => {
  it("is asked for again until the same good one was given twice", async () => {
    const answers = [ADDRESS.toLowerCase().replace("5aa", "5AA"), DEPOSIT_CONTRACT, ADDRESS, `0x${"1".repeat(40)}`];
    const {said, prompter, address} = askOnTerminal([...answers, ADDRESS, ADDRESS]);
    assert.equal(await address, ADDRESS.toLowerCase());
    prompter.done();
    assert.match(
      said.join("\n"),
      /wrong checksum.*: try again\n.*deposit contract.*: try again\n.*not the same: try again$/,
    );
  });

  it("ends when nobody is there to answer any more", async () => {
    for (const answers of [[], [ADDRESS]]) {
      const {said, prompter, address} = askOnTerminal(answers);
      await assert.rejects(address, /nobody is there to answer .* give --address/);
      assert.deepEqual(said, []);
      assert.equal(prompter.asked.length, answers.length + 1);
    }
  });
});
