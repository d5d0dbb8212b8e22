import {abbreviate, type Log, type Pubkey} from "@mote/core";
import {bad, ok, type Parsed, parseFeeRecipient, parseGasLimit, parseGraffiti} from "../../config/index.ts";
import type {KeySettings, KeySettingsPatch} from "../../keys/key-settings.ts";
import type {ValidatorKeys} from "../../keys/validator-keys.ts";
import {ApiError, describeFault} from "./api-error.ts";
import {fieldsOf, textOf} from "./fields.ts";
import {type Answer, type Call, heldKey, type Route, SETTING_SIZE_BYTES_MAX} from "./route.ts";

export interface SettingRouteComponents {
  readonly keys: ValidatorKeys;
  readonly settings: KeySettings;
  readonly log: Log;
}

/** How one setting is named, written and read. */
interface Setting {
  readonly name: keyof KeySettingsPatch;
  /** The last part of the path. */
  readonly path: string;
  /** Its name in bodies. */
  readonly field: string;
  readonly words: string;
  parse(text: string): Parsed<KeySettingsPatch>;
  /** What is in force, as the API writes it. @throws {ApiError} */
  show(settings: ReturnType<KeySettings["effective"]>): string;
}

const FEE_RECIPIENT: Setting = {
  name: "feeRecipient",
  path: "feerecipient",
  field: "ethaddress",
  words: "fee recipient",
  parse(text) {
    const parsed = parseFeeRecipient(text);
    if (parsed.kind === "bad") return parsed;
    if (/^0x0*$/.test(parsed.value)) return bad("is the zero address: the fees would be lost to everyone");
    return ok({feeRecipient: parsed.value});
  },
  show({feeRecipient}) {
    if (feeRecipient !== null) return feeRecipient;
    throw new ApiError(
      404,
      "no fee recipient is set for this key, nor for all: the beacon node decides where its fees go",
    );
  },
};

const GAS_LIMIT: Setting = {
  name: "gasLimit",
  path: "gas_limit",
  field: "gas_limit",
  words: "gas limit",
  parse(text) {
    const parsed = parseGasLimit(text);
    return parsed.kind === "bad" ? parsed : ok({gasLimit: parsed.value});
  },
  show: ({gasLimit}) => String(gasLimit),
};

const GRAFFITI: Setting = {
  name: "graffiti",
  path: "graffiti",
  field: "graffiti",
  words: "graffiti",
  parse(text) {
    // Half of a surrogate pair has no UTF-8: another text would be written than was asked for.
    if (!text.isWellFormed()) return bad("is not text that UTF-8 can hold");
    const parsed = parseGraffiti(text);
    return parsed.kind === "bad" ? parsed : ok({graffiti: parsed.value});
  },
  // Bytes that are no UTF-8 become replacement characters: the API has no other way to show them.
  show: ({graffiti}) => (graffiti === null ? "" : Buffer.from(graffiti).toString("utf8").replace(/\0+$/, "")),
};

export const settingRoutes = (components: SettingRouteComponents): readonly Route[] =>
  [FEE_RECIPIENT, GAS_LIMIT, GRAFFITI].flatMap((setting) => routesOf(setting, components));

function routesOf(setting: Setting, components: SettingRouteComponents): Route[] {
  const path = `/eth/v1/validator/:pubkey/${setting.path}`;
  const body = {sizeBytesMax: SETTING_SIZE_BYTES_MAX, order: "body_first"} as const;
  return [
    {method: "GET", path, isChange: false, body: null, handle: async (call) => show(call, {...components, setting})},
    {method: "POST", path, isChange: true, body, handle: (call) => set(call, {...components, setting})},
    {method: "DELETE", path, isChange: true, body: null, handle: (call) => unset(call, {...components, setting})},
  ];
}

type SettingComponents = SettingRouteComponents & {readonly setting: Setting};

function show(call: Call, {keys, settings, setting}: SettingComponents): Answer {
  const pubkey = heldKey(call, {keys});
  return {status: 200, body: {data: {pubkey, [setting.field]: setting.show(settings.effective(pubkey))}}};
}

async function set(call: Call, {keys, settings, setting, log}: SettingComponents): Promise<Answer> {
  const pubkey = heldKey(call, {keys});
  const parsed = setting.parse(textOf(fieldsOf(call.body, "the body"), setting.field));
  if (parsed.kind === "bad") throw new ApiError(400, `${setting.field} ${parsed.problem}`);
  await saved({setting, pubkey, log}, () => settings.set(pubkey, parsed.value));
  log.info(`keymanager API: the ${setting.words} of ${abbreviate(pubkey)} was set`);
  return {status: 202};
}

async function unset(call: Call, {keys, settings, setting, log}: SettingComponents): Promise<Answer> {
  const pubkey = heldKey(call, {keys});
  const outcome = await saved({setting, pubkey, log}, () => settings.unset(pubkey, setting.name));
  if (outcome === "fixed")
    throw new ApiError(403, `a file of this node's operator sets the ${setting.words} of this key: change it there`);
  if (outcome === "removed") log.info(`keymanager API: the ${setting.words} of ${abbreviate(pubkey)} was removed`);
  return {status: 204};
}

async function saved<T>(
  {setting, pubkey, log}: {readonly setting: Setting; readonly pubkey: Pubkey; readonly log: Log},
  save: () => Promise<T>,
): Promise<T> {
  try {
    return await save();
  } catch (error) {
    const reason = describeFault(error);
    log.error(`keymanager API: the ${setting.words} of ${abbreviate(pubkey)} could not be saved`, {reason});
    throw new ApiError(500, `the ${setting.words} could not be saved, and is as it was: Mote's log has the reason`);
  }
}
