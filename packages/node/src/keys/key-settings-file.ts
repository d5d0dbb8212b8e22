import {
  bytesToHex,
  type ExecutionAddress,
  hexToBytes,
  type Pubkey,
  parseExecutionAddress,
  parseHex,
  parsePubkey,
  parseUint,
} from "@mote/core";
import type {KeySettingsPatch} from "./key-settings.ts";

const VERSION = 1;
const GRAFFITI_SIZE_BYTES = 32;

/** What was set for each key; a key of which nothing is set is not in it. */
export type SettingsByKey = ReadonlyMap<Pubkey, KeySettingsPatch>;

/** JSON, in the order of the public keys, so that equal settings are equal files. */
export function writeSettings(settings: SettingsByKey): string {
  const entries = [...settings].sort(([a], [b]) => (a < b ? -1 : 1));
  const validators = Object.fromEntries(entries.map(([pubkey, patch]) => [pubkey, writePatch(patch)]));
  return `${JSON.stringify({version: VERSION, validators}, null, 2)}\n`;
}

const writePatch = ({feeRecipient, gasLimit, graffiti}: KeySettingsPatch): object => ({
  ...(feeRecipient === undefined ? {} : {fee_recipient: feeRecipient}),
  ...(gasLimit === undefined ? {} : {gas_limit: String(gasLimit)}),
  // As bytes: text would not come back the same when it is no UTF-8.
  ...(graffiti === undefined ? {} : {graffiti: bytesToHex(graffiti)}),
});

/** Strict: what is passed over could be the fee recipient. @throws {Error} for anything that {@link writeSettings} does not write */
export function readSettings(text: string): Map<Pubkey, KeySettingsPatch> {
  const {version, validators, ...others} = objectOf(parse(text), "it");
  refuseOthers(others, "it");
  if (version !== VERSION) throw new Error(`its version is not ${VERSION}: another version of Mote wrote it`);
  const settings = new Map<Pubkey, KeySettingsPatch>();
  for (const [key, value] of Object.entries(objectOf(validators, "validators")))
    settings.set(parsePubkey(key, "a key of validators"), readPatch(objectOf(value, key), key));
  return settings;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}

function readPatch({fee_recipient, gas_limit, graffiti, ...others}: Fields, where: string): KeySettingsPatch {
  refuseOthers(others, where);
  const patch: {feeRecipient?: ExecutionAddress; gasLimit?: number; graffiti?: Uint8Array} = {};
  if (fee_recipient !== undefined) patch.feeRecipient = parseExecutionAddress(fee_recipient, `${where}.fee_recipient`);
  if (gas_limit !== undefined) patch.gasLimit = parseUint(gas_limit, `${where}.gas_limit`);
  if (graffiti !== undefined) patch.graffiti = hexToBytes(parseHex(graffiti, GRAFFITI_SIZE_BYTES, `${where}.graffiti`));
  return patch;
}

type Fields = Record<string, unknown>;

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${what} is not an object`);
}

function refuseOthers(others: Fields, where: string): void {
  const [first] = Object.keys(others);
  if (first !== undefined)
    throw new Error(`${where} has ${JSON.stringify(first.slice(0, 80))}, which Mote does not know`);
}
