import type {SlashingProtection} from "@mote/core";
import type {StoreConfig} from "@mote/node/config";
import {loadCommand} from "../command/load-command.ts";
import {type CommandIo, EXIT_ASKED_TO_STOP} from "../command-io.ts";
import {writeToStream} from "../files/output-file.ts";
import {STATUS} from "./help.ts";
import {readKeyStatuses, statusHeader, statusLine} from "./key-status.ts";
import {openExisting} from "./open-existing.ts";
import {type ChainChoice, nameOf, networkText} from "./store.ts";

export async function statusCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const loaded = loadCommand(STATUS, argv, io);
  if (typeof loaded === "number") return loaded;
  const {config} = loaded;
  const {store, chain} = await openExisting(config);
  try {
    io.endOnBrokenPipe(EXIT_ASKED_TO_STOP);
    const textsOf = loaded.values.json ? jsonTexts : tableTexts;
    await writeToStream(textsOf(store, {config, chain, isWide: io.stdout.isTTY !== true}), io.stdout, io.stop);
    return 0;
  } finally {
    await store.close();
  }
}

interface Opened {
  readonly config: StoreConfig;
  readonly chain: ChainChoice;
  readonly isWide: boolean;
}

async function* tableTexts(store: SlashingProtection, {config, chain, isWide}: Opened): AsyncGenerator<string> {
  yield `slashing protection  ${nameOf(config.protectionStore)}\n`;
  yield `chain                ${networkText(config.network)}, genesis validators root ${chain.genesisValidatorsRoot}\n\n`;
  let keyCount = 0;
  for await (const key of readKeyStatuses(store.exportInterchange(), chain.genesisValidatorsRoot)) {
    if (keyCount++ === 0) yield `${statusHeader({isWide})}\n`;
    yield `${statusLine(key, {isWide})}\n`;
  }
  yield keyCount === 0 ? "no key has records yet\n" : `\n${keyCount} ${keyCount === 1 ? "key" : "keys"}\n`;
}

async function* jsonTexts(store: SlashingProtection, {config, chain}: Opened): AsyncGenerator<string> {
  const facts = {store: nameOf(config.protectionStore), genesisValidatorsRoot: chain.genesisValidatorsRoot};
  yield `${JSON.stringify(facts).slice(0, -1)},"keys":[`;
  let separator = "";
  for await (const key of readKeyStatuses(store.exportInterchange(), chain.genesisValidatorsRoot)) {
    // Larger values than a number holds exactly are texts.
    yield separator +
      JSON.stringify(key, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    separator = ",\n";
  }
  yield "]}\n";
}
