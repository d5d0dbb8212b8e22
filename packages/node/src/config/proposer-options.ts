import {parseChecksummedAddress} from "@mote/consensus/execution";
import type {ExecutionAddress} from "@mote/core";
import {one, toggle} from "./make-option.ts";
import type {OptionTable} from "./option.ts";
import {bad, ok, type Parsed} from "./parsed.ts";
import {integerFrom, parseText} from "./value-parsers.ts";

/** What the network's clients vote the block gas limit towards; the operator may say otherwise. */
export const GAS_LIMIT_DEFAULT = 60_000_000;
const GRAFFITI_SIZE_BYTES = 32;
const UINT64_MAX = 2n ** 64n - 1n;

/** Mixed case must be the checksum of EIP-55: a slip in one digit would send the fees to nobody. */
export function parseFeeRecipient(text: string): Parsed<ExecutionAddress> {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return bad("is not an address: 0x and 40 hex digits");
  try {
    return ok(parseChecksummedAddress(text));
  } catch {
    return bad("has a wrong checksum: compare it with where it came from (all in small letters it is not checked)");
  }
}

/** UTF-8, padded with zeros. */
export function parseGraffiti(text: string): Parsed<Uint8Array> {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > GRAFFITI_SIZE_BYTES) return bad(`has ${bytes.length} bytes; a graffiti has at most 32`);
  return ok(Uint8Array.from({length: GRAFFITI_SIZE_BYTES}, (_, i) => bytes[i] ?? 0));
}

export function parseBoostFactor(text: string): Parsed<bigint> {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  return value >= 0n && value <= UINT64_MAX ? ok(value) : bad("is not a percentage from 0 to 2^64−1");
}

export const parseGasLimit = integerFrom(5_000, 10_000_000_000);

const group = "Proposing blocks";

export const PROPOSER_OPTIONS = {
  suggestedFeeRecipient: one(parseFeeRecipient, null, {
    name: "suggested-fee-recipient",
    aliases: ["fee-recipient"],
    group,
    placeholder: "<0x…>",
    help: "Where the fees of your blocks go. Without it they go where the beacon node says.",
  }),
  gasLimit: one(parseGasLimit, GAS_LIMIT_DEFAULT, {
    name: "gas-limit",
    group,
    placeholder: "<gas>",
    fallbackText: String(GAS_LIMIT_DEFAULT),
    help: "The gas limit that builders are asked to aim at.",
  }),
  graffiti: one(parseGraffiti, null, {
    name: "graffiti",
    group,
    placeholder: "<text>",
    help: "Up to 32 bytes to write into your blocks.",
  }),
  graffitiFile: one(parseText, null, {
    name: "graffiti-file",
    group,
    placeholder: "<file>",
    help: "Graffiti per key, a line each: default: text, or 0x<pubkey>: text. Read again when it changes.",
  }),
  builderProposals: toggle({
    name: "builder-proposals",
    aliases: ["builder"],
    group,
    help: "Let builders make the payloads of your blocks, when they pay more.",
  }),
  builderBoostFactor: one(parseBoostFactor, 100n, {
    name: "builder-boost-factor",
    group,
    placeholder: "<percent>",
    fallbackText: "100",
    help: "What a builder's bid is weighed by: 100 is the higher value, 0 never the builder, 200 counts its bid twice.",
  }),
  proposerSettingsFile: one(parseText, null, {
    name: "proposer-settings-file",
    aliases: ["proposer-config-file"],
    group,
    placeholder: "<file>",
    help: "YAML or JSON with fee recipient, gas limit, graffiti and builder per key. Read again when it changes.",
  }),
} satisfies OptionTable;
