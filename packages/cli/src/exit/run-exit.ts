import type {Epoch, Pubkey, ValidatorIndex} from "@mote/core";
import {type StoredKey, signVoluntaryExitOffline} from "@mote/duty-signing";
import {type NetworkConfig, type OperatorClient, offlineConfig} from "@mote/node/operator";
import {openOperator} from "../command/open-operator.ts";
import type {OperatorContext} from "../command/operator-command.ts";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {keySourceOf, storedKeys, unlockStored} from "../keys/folder-keys.ts";
import {chooseValidators, type Leaver, namedValidators} from "./choose-validators.ts";
import type {EXIT_OPTIONS} from "./options.ts";
import {confirmExits, type OwnedExit, publishExits} from "./publish-exits.ts";
import {checkNoOtherExits, isSignedBy, writeExit} from "./signed-exits.ts";
import {namesValidator, readExitFiles, submitExits} from "./submit-exits.ts";

type ExitContext = OperatorContext<typeof EXIT_OPTIONS>;

export async function runExit(context: ExitContext): Promise<number> {
  const {presign, validatorIndex} = context.values;
  checkTogether(context);
  if (presign && validatorIndex !== null) return await presignOffline(context, validatorIndex);
  const files = readExitFiles(context);
  // What is wrong here is said before anyone is asked.
  const stored = files.length > 0 ? [] : await keysToChooseFrom(context);
  const operator = await openOperator(context);
  if (operator === null) throw new RefusedError("give --beacon-nodes");
  try {
    if (files.length > 0) return await submitExits(files, context, operator);
    return await exitOnline(stored, context, operator);
  } finally {
    operator.close();
  }
}

function checkTogether({values, words}: ExitContext): void {
  const {submit, presign, all, validatorIndex, epoch} = values;
  if (submit.length > 0 && (presign || all || words.some(namesValidator)))
    throw new RefusedError("--submit publishes what its files hold: leave out the validators, --all and --presign");
  if (!presign && validatorIndex !== null) throw new RefusedError("--validator-index is for --presign");
  if (!presign && epoch !== null)
    throw new RefusedError("--epoch is for --presign: an exit that is published now counts from now on");
}

/** Signs without asking anyone: that these are the indices of the keys is for the operator to know. */
async function presignOffline(context: ExitContext, indices: readonly ValidatorIndex[]): Promise<number> {
  const {network, values, io} = context;
  const config = offlineConfig(network);
  if (config === null) {
    throw new RefusedError(
      "only the beacon nodes know the genesis of this network: leave out --validator-index, and give --beacon-nodes",
    );
  }
  const keys = keysInOrder(context, await storedKeys(keySourceOf(context)));
  if (keys.length !== indices.length) {
    const [named, given] = [counted(keys.length, "key"), indices.length];
    throw new RefusedError(
      `--validator-index: there are ${named} and ${given} of it: name the public keys, and give an index for each in the same order`,
    );
  }
  const leavers = keys.map((key, at) => ({key, index: indices[at] as ValidatorIndex}));
  const done = await presignAll(leavers, {config, epoch: (values.epoch ?? 0) as Epoch}, context);
  say(
    io,
    "Nobody was asked whether the indices are those of the keys: an exit with another index is good for nothing.",
  );
  return done;
}

/** As they were named. All of the folder are in no order that a person knows, so there may be one only. */
function keysInOrder({words, values}: ExitContext, stored: readonly StoredKey[]): readonly StoredKey[] {
  const named = namedValidators(words, {all: values.all, stored});
  if (named === null && stored.length === 1) return stored;
  if (named === null)
    throw new RefusedError("--validator-index: name the public keys in its order, and leave out --all");
  return named.map((each) => {
    if (each.kind === "key") return each.key;
    throw new RefusedError("--validator-index says the index: name the validators by their public keys beside it");
  });
}

async function keysToChooseFrom(context: ExitContext): Promise<readonly StoredKey[]> {
  const source = keySourceOf(context);
  const stored = await storedKeys(source);
  if (stored.length === 0)
    throw new RefusedError(`there are no keystores in ${source.keystoresDir}: check --datadir or --keystores-dir`);
  namedValidators(context.words, {all: context.values.all, stored});
  return stored;
}

async function exitOnline(
  stored: readonly StoredKey[],
  context: ExitContext,
  operator: OperatorClient,
): Promise<number> {
  const {values, words, io} = context;
  const {all, presign} = values;
  const {leavers, skipped} = await chooseValidators({words, all, isForLater: presign}, stored, operator);
  for (const reason of skipped) say(io, `left out: ${reason}`);
  if (leavers.length === 0) throw new RefusedError("no key of the folder belongs to a validator that can leave");
  const chain = {config: operator.config, epoch: (values.epoch ?? operator.currentEpoch) as Epoch};
  if (presign) return await presignAll(leavers, chain, context);
  await confirmExits(
    leavers.map(({key, index}) => ({index, pubkey: key.pubkey})),
    context,
  );
  return await publishExits(await signAll(leavers, chain, context), operator, context);
}

interface ChainPoint {
  readonly config: NetworkConfig;
  readonly epoch: Epoch;
}

async function presignAll(leavers: readonly Leaver[], chain: ChainPoint, context: ExitContext): Promise<number> {
  const {values, io, absolute} = context;
  const dir = absolute(values.to ?? ".");
  // Before the keys are opened, which may take a while.
  checkNoOtherExits(
    leavers.map(({key: {pubkey}, index}) => ({pubkey, message: {epoch: chain.epoch, validatorIndex: index}})),
    dir,
  );
  const signed = await signAll(leavers, chain, context);
  const files: {readonly index: number; readonly pubkey: Pubkey; readonly file: string}[] = [];
  for (const {exit, pubkey} of signed) {
    const file = await writeExit(exit, pubkey, {dir, stop: io.stop});
    files.push({index: exit.message.validatorIndex, pubkey, file});
    if (!values.json) io.stdout.write(`${file}\n`);
  }
  if (values.json) io.stdout.write(`${JSON.stringify({presigned: files})}\n`);
  say(
    io,
    `${counted(files.length, "exit")} signed, valid from epoch ${chain.epoch} on, and nothing was published: mote exit --submit <files> does that.`,
  );
  say(io, "Whoever has these files can take the validators out of service: keep them as you keep your keys.");
  return 0;
}

async function signAll(
  leavers: readonly Leaver[],
  {config, epoch}: ChainPoint,
  context: ExitContext,
): Promise<OwnedExit[]> {
  const keys: readonly StoredKey[] = leavers.map(({key}) => key);
  const secretKeys = await unlockStored(keys, keySourceOf(context), context);
  return leavers.map(({key: {pubkey}, index}) => {
    const secretKey = secretKeys.get(pubkey);
    if (secretKey === undefined) throw new Error(`${pubkey} was not unlocked`);
    const exit = signVoluntaryExitOffline({secretKey, validatorIndex: index, epoch, config});
    if (!isSignedBy(exit, pubkey, config)) throw new Error("the exit's signature does not verify");
    return {exit, pubkey};
  });
}
