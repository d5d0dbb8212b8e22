import type {Epoch} from "@mote/core";
import type {NetworkConfig, OperatorClient, ValidatorDetails} from "@mote/node/operator";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {say} from "../command/say.ts";
import {reasonThatNoExitIsNeeded} from "./choose-validators.ts";
import type {EXIT_OPTIONS} from "./options.ts";
import {confirmExits, type OwnedExit, publishExits} from "./publish-exits.ts";
import {isSignedBy, readExit, type SignedExit} from "./signed-exits.ts";

type ExitContext = OperatorContext<typeof EXIT_OPTIONS>;

export interface ExitFile {
  readonly file: string;
  readonly exit: SignedExit;
}

/** Whether a word after --submit can only be meant as a validator. */
export const namesValidator = (word: string): boolean => /^(\d+|(0x)?[0-9a-f]{96})$/i.test(word);

/** The files of --submit, and the words behind it: `--submit exits/*.json` comes from a shell as one of the former and many of the latter. */
export function readExitFiles({values: {submit}, words, absolute}: ExitContext): readonly ExitFile[] {
  if (submit.length === 0) return [];
  return [...submit, ...words].map((file) => ({file, exit: readExit(absolute(file))}));
}

export interface JudgedExits {
  readonly owned: readonly OwnedExit[];
  /** Of validators that have been told to leave before. */
  readonly skipped: readonly string[];
  readonly problems: readonly string[];
}

/** Which of them the chain would take now. */
export function judgeExits(
  files: readonly ExitFile[],
  {validators, config, epoch}: {validators: readonly ValidatorDetails[]; config: NetworkConfig; epoch: Epoch},
): JudgedExits {
  const byIndex = new Map(validators.map((each) => [each.index, each]));
  const owned: OwnedExit[] = [];
  const skipped: string[] = [];
  const problems: string[] = [];
  for (const {file, exit} of files) {
    const {message} = exit;
    const details = byIndex.get(message.validatorIndex);
    const done = details === undefined ? null : reasonThatNoExitIsNeeded(details);
    if (details === undefined) problems.push(`${file}: there is no validator ${message.validatorIndex} on this chain`);
    else if (!isSignedBy(exit, details.pubkey, config))
      problems.push(`${file}: its signature is not that of validator ${details.index} for this chain`);
    else if (done !== null) skipped.push(done);
    else if (details.status !== "active_ongoing")
      problems.push(`${file}: validator ${details.index} is ${details.status}`);
    else if (message.epoch > epoch)
      problems.push(`${file}: it counts from epoch ${message.epoch} on, and now it is ${epoch}`);
    else owned.push({exit, pubkey: details.pubkey});
  }
  return {owned, skipped, problems};
}

export async function submitExits(
  files: readonly ExitFile[],
  context: ExitContext,
  operator: OperatorClient,
): Promise<number> {
  const indices = [...new Set(files.map(({exit}) => exit.message.validatorIndex))];
  const validators = await operator.validatorsByIndex(indices);
  const {owned, skipped, problems} = judgeExits(files, {
    validators,
    config: operator.config,
    epoch: operator.currentEpoch,
  });
  if (problems.length > 0) throw new RefusedError(`nothing was published:\n  ${problems.join("\n  ")}`);
  for (const reason of skipped) say(context.io, `left out: ${reason}`);
  if (owned.length === 0) throw new RefusedError("nothing was published: none of these validators is still to leave");
  await confirmExits(
    owned.map(({exit, pubkey}) => ({index: exit.message.validatorIndex, pubkey})),
    context,
  );
  return await publishExits(owned, operator, context);
}
