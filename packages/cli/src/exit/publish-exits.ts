import type {Pubkey} from "@mote/core";
import type {OperatorClient, SubmitOutcome} from "@mote/node/operator";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN} from "../command-io.ts";
import {exitJson, type SignedExit} from "./signed-exits.ts";

export interface OwnedExit {
  readonly exit: SignedExit;
  readonly pubkey: Pubkey;
}

/** Nothing is done unless the person says so. @throws {RefusedError} when it is not wanted */
export async function confirmExits(
  exits: readonly {readonly index: number; readonly pubkey: Pubkey}[],
  {io, prompter, values}: Pick<OperatorContext<never>, "io" | "prompter"> & {readonly values: {readonly yes: boolean}},
): Promise<void> {
  for (const {index, pubkey} of exits) io.stderr.write(`  validator ${index}  ${pubkey}\n`);
  if (values.yes) return;
  const what = counted(exits.length, "validator");
  const text = `This takes ${what} out of service for good: nothing brings ${exits.length === 1 ? "it" : "them"} back. Do it?`;
  if (!(await prompter.confirm({text, flag: "--yes"}, {default: false})))
    throw new RefusedError("nothing was published: the validators stay in service");
}

/** Publishes one by one: what became of each is said, whatever became of the others. @returns the exit code */
export async function publishExits(
  exits: readonly OwnedExit[],
  operator: OperatorClient,
  {io, values}: Pick<OperatorContext<never>, "io"> & {readonly values: {readonly json: boolean}},
): Promise<number> {
  const results: {readonly index: number; readonly pubkey: Pubkey; readonly outcome: SubmitOutcome}[] = [];
  for (const {exit, pubkey} of exits) {
    if (io.stop.aborted) break;
    const outcome = await operator.publishExit(exitJson(exit));
    const index = exit.message.validatorIndex;
    results.push({index, pubkey, outcome});
    if (!values.json) io.stdout.write(`validator ${index}: ${wordsOf(outcome)}\n`);
  }
  if (values.json)
    io.stdout.write(`${JSON.stringify({exits: results.map(({outcome, ...rest}) => ({...rest, ...outcome}))})}\n`);
  const accepted = results.filter(({outcome}) => outcome.kind === "accepted");
  if (accepted.length > 0) {
    say(
      io,
      "keep Mote running: a validator has duties until its exit epoch, which the chain sets once a block holds the exit",
    );
  }
  if (accepted.length === exits.length) return 0;
  return results.some(({outcome}) => outcome.kind === "refused") ? EXIT_NEEDS_HUMAN : EXIT_ERROR;
}

function wordsOf(outcome: SubmitOutcome): string {
  switch (outcome.kind) {
    case "accepted":
      return `the exit was published (${outcome.by.join(", ")})`;
    case "refused":
      return `the exit was refused: ${outcome.detail}`;
    case "unanswered":
      return `nobody knows whether the exit was taken: ${outcome.detail}; run this again, which does no harm`;
  }
}
