import {redactUrl} from "@mote/core";
import type {OptionTable, Values} from "./option.ts";
import type {Settings} from "./settings.ts";
import {type RemotePublicKeys, SIGNER_OPTIONS} from "./signer-options.ts";
import {excerpt} from "./sources.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

/** Who signs for keys that are not in this process. */
export interface RemoteSignersConfig {
  /** May hold credentials: print them by `redactUrl` only. */
  readonly urls: readonly string[];
  readonly publicKeys: RemotePublicKeys;
  /** PEM texts, for every signer with an https URL; never printed. */
  readonly tls: {readonly ca?: string; readonly cert?: string; readonly key?: string};
  /** The signers answer for what their keys have signed: Mote keeps no records of these. */
  readonly isProtectionTheirs: boolean;
}

const PEM_SIZE_BYTES_MAX = 256 * 1024;
const FILE_OPTIONS = {ca: "web3signerCaFile", cert: "web3signerCertFile", key: "web3signerKeyFile"} as const;

/** The settings of any table that has the options of signers. */
export interface SignerSettings {
  readonly values: Values<typeof SIGNER_OPTIONS>;
  readonly isSet: {has(key: keyof typeof SIGNER_OPTIONS): boolean};
  readonly absolute: Settings<OptionTable>["absolute"];
}

export function remoteSignersConfig(
  settings: SignerSettings,
  context: {readonly files: TextFiles; readonly problems: string[]; readonly warnings: string[]},
): RemoteSignersConfig {
  const {values} = settings;
  checkSigners(settings, context);
  const tls: {ca?: string; cert?: string; key?: string} = {};
  for (const [part, option] of Object.entries(FILE_OPTIONS) as [keyof typeof FILE_OPTIONS, FileOption][]) {
    const text = readPem(settings, option, context);
    if (text !== null) tls[part] = text;
  }
  return {
    urls: values.web3signerUrl,
    publicKeys: values.web3signerPublicKeys,
    tls,
    isProtectionTheirs: values.disableSlashingProtectionWeb3signer,
  };
}

type FileOption = (typeof FILE_OPTIONS)[keyof typeof FILE_OPTIONS];

function checkSigners(
  {values, isSet}: SignerSettings,
  {problems, warnings}: {readonly problems: string[]; readonly warnings: string[]},
): void {
  const [urlFlag, keysFlag] = [flagOf("web3signerUrl"), flagOf("web3signerPublicKeys")];
  const {web3signerUrl: urls, web3signerPublicKeys: keys} = values;
  if (isSet.has("web3signerPublicKeys") && !isSet.has("web3signerUrl"))
    problems.push(`${keysFlag}: there is no ${urlFlag} that could have them`);
  if (keys !== "external" && urls.length > 1)
    problems.push(`${keysFlag}: which of the ${urls.length} signers has which key? Name one signer, or say external`);
  if (isSet.has("web3signerCertFile") !== isSet.has("web3signerKeyFile"))
    problems.push(`${flagOf("web3signerCertFile")} and ${flagOf("web3signerKeyFile")} belong together: give both`);
  const fileFlags = Object.values(FILE_OPTIONS)
    .filter((option) => isSet.has(option))
    .map(flagOf);
  const plain = urls.filter((url) => !url.startsWith("https:"));
  if (fileFlags.length === 0 || plain.length === 0) return;
  // The operator would believe in a protection that is not there.
  if (plain.length === urls.length) problems.push(...fileFlags.map((flag) => `${flag}: no signer has an https URL`));
  else
    warnings.push(
      `${fileFlags.join(", ")}: for signers with an https URL only; what is sent to ${plain.map(redactUrl).join(", ")} is neither encrypted nor proven to come from the signer`,
    );
}

/** Null when none was given, or together with a problem. */
function readPem(
  {values, absolute}: SignerSettings,
  option: FileOption,
  {files, problems}: {readonly files: TextFiles; readonly problems: string[]},
): string | null {
  const path = values[option];
  if (path === null) return null;
  try {
    return files.read(absolute(path), PEM_SIZE_BYTES_MAX);
  } catch (error) {
    problems.push(`${flagOf(option)}: ${excerpt(path)} cannot be used: ${describeFileError(error)}`);
    return null;
  }
}

const flagOf = (option: keyof typeof SIGNER_OPTIONS): string => `--${SIGNER_OPTIONS[option].name}`;
