import type {ExecutionAddress, ValidatorIndex} from "@mote/core";
import {type SignedBlsToExecutionChange, signBlsToExecutionChange} from "@mote/duty-signing";
import {type NetworkConfig, type OperatorClient, offlineConfig, type SubmitOutcome} from "@mote/node/operator";
import {checksumAddress, stakingFacts} from "@mote/node/staking";
import {openOperator} from "../command/open-operator.ts";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN} from "../command-io.ts";
import {checkGivenAddress, withdrawalAddress} from "./choose-address.ts";
import {type ChangeContext, type Owner, ownerByIndex, readOwners} from "./owners.ts";
import {changeJson, writeChanges} from "./signed-changes.ts";

const ADDRESS_FLAG = "--address";

export async function runWithdrawalAddress(context: ChangeContext): Promise<number> {
  checkTogether(context);
  const {presign, validatorIndex, withdrawalKeystore: file} = context.values;
  if (presign && validatorIndex !== null) {
    const config = offlineConfig(context.network);
    if (config !== null) {
      const owner = await ownerByIndex(validatorIndex as ValidatorIndex, context);
      return await writeFile(signAll([owner], {address: await addressFor(context), config}, context), context);
    }
    if (file === null)
      throw new RefusedError(
        "only the beacon nodes know the genesis of this network: leave out --validator-index, and give --beacon-nodes",
      );
  }
  if (context.beaconNodes.length === 0) throw new RefusedError("give --beacon-nodes");
  const findOwners = await readOwners(context);
  // A person sees the validators first. Answers that are missing in a script are named before a beacon node is asked.
  const answered = context.prompter.isInteractive ? null : await addressFor(context);
  const operator = (await openOperator(context)) as OperatorClient;
  try {
    const owners = await findOwners(operator);
    const changes = signAll(
      owners,
      {address: answered ?? (await addressFor(context)), config: operator.config},
      context,
    );
    return presign ? await writeFile(changes, context) : await publish(changes, operator, context);
  } finally {
    operator.close();
  }
}

function checkTogether({values, words, network}: ChangeContext): void {
  if (words.length > 0) throw new RefusedError("write the address as --address 0x…, and the keys as --indices 0-9");
  const {presign, validatorIndex, indices, to, withdrawalKeystore: file, passwordFile, mnemonicFile} = values;
  if (!presign && to !== null) throw new RefusedError("--to is for --presign");
  const {depositContract} = stakingFacts(network);
  checkGivenAddress({given: values.address, flag: ADDRESS_FLAG, depositContract});
  if (file !== null) {
    if (validatorIndex === null)
      throw new RefusedError("--withdrawal-keystore: whose key is it? Give the validator's --validator-index");
    if (indices !== null || mnemonicFile !== null)
      throw new RefusedError("--withdrawal-keystore has the key: leave out --indices and --mnemonic-file");
    return;
  }
  if (passwordFile !== null) throw new RefusedError("--password-file is for --withdrawal-keystore");
  if (!presign && validatorIndex !== null)
    throw new RefusedError("--validator-index is for --presign, and for --withdrawal-keystore");
  if (validatorIndex !== null && indices !== null && indices.length !== 1)
    throw new RefusedError("--validator-index is the index of one validator: give one key by --indices");
}

async function addressFor({values, network, io, prompter}: ChangeContext): Promise<ExecutionAddress> {
  const {depositContract} = stakingFacts(network);
  return await withdrawalAddress(
    {given: values.address, flag: ADDRESS_FLAG, yes: values.yes, depositContract},
    {prompter, say: (line) => say(io, line)},
  );
}

function signAll(
  owners: readonly Owner[],
  {address, config}: {readonly address: ExecutionAddress; readonly config: NetworkConfig},
  {io}: ChangeContext,
): readonly SignedBlsToExecutionChange[] {
  io.stderr.write(`    to the address ${checksumAddress(address)}\n`);
  return owners.map((owner) => signBlsToExecutionChange({...owner, toExecutionAddress: address, config}));
}

async function writeFile(
  changes: readonly SignedBlsToExecutionChange[],
  {values, io, clock, absolute}: ChangeContext,
): Promise<number> {
  const unixSec = Math.floor(clock.nowMs() / 1000);
  const path = await writeChanges(changes, {dir: absolute(values.to ?? "."), unixSec, stop: io.stop});
  io.stdout.write(values.json ? `${JSON.stringify({file: path, changes: changes.map(changeJson)})}\n` : `${path}\n`);
  say(
    io,
    `${counted(changes.length, "change")} signed, and nothing was published. Any beacon node takes the file: POST /eth/v1/beacon/pool/bls_to_execution_changes`,
  );
  return 0;
}

async function publish(
  changes: readonly SignedBlsToExecutionChange[],
  operator: OperatorClient,
  {values, io}: ChangeContext,
): Promise<number> {
  const results: {readonly index: number; readonly outcome: SubmitOutcome}[] = [];
  for (const change of changes) {
    if (io.stop.aborted) break;
    const outcome = await operator.publishBlsToExecutionChange(changeJson(change));
    const index = change.message.validatorIndex;
    results.push({index, outcome});
    if (!values.json) io.stdout.write(`validator ${index}: ${wordsOf(outcome)}\n`);
  }
  if (values.json)
    io.stdout.write(`${JSON.stringify({changes: results.map(({index, outcome}) => ({index, ...outcome}))})}\n`);
  if (results.length === changes.length && results.every(({outcome}) => outcome.kind === "accepted")) {
    say(io, "it takes effect once a block holds it, which may take a while when many wait");
    return 0;
  }
  return results.some(({outcome}) => outcome.kind === "refused") ? EXIT_NEEDS_HUMAN : EXIT_ERROR;
}

function wordsOf(outcome: SubmitOutcome): string {
  switch (outcome.kind) {
    case "accepted":
      return `the change was published (${outcome.by.join(", ")})`;
    case "refused":
      return `the change was refused: ${outcome.detail}`;
    case "unanswered":
      return `nobody knows whether the change was taken: ${outcome.detail}; run this again, which does no harm`;
  }
}
