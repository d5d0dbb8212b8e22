import {type Pubkey, parsePubkey, redactUrl} from "@mote/core";
import {one, toggle} from "./make-option.ts";
import type {OptionTable} from "./option.ts";
import {bad, ok, type Parsed} from "./parsed.ts";
import {parseText} from "./value-parsers.ts";

/** Each has a list of its own that is read again and again. */
const SIGNERS_MAX = 16;

/** Which keys of the remote signers: all that they have, or these. */
export type RemotePublicKeys = "external" | readonly Pubkey[];

/** A base URL without a slash at the end. */
export function parseSignerUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return bad("is not an http(s) URL");
  if (url.search !== "" || url.hash !== "") return bad("has a query or a fragment: a base URL is needed");
  return ok(url.href.replace(/\/+$/, ""));
}

export function parseSignerUrls(text: string): Parsed<readonly string[]> {
  const urls: string[] = [];
  for (const item of text.split(",")) {
    const parsed = parseSignerUrl(item.trim());
    if (parsed.kind === "bad") return parsed;
    urls.push(parsed.value);
  }
  if (new Set(urls).size < urls.length) return bad("names the same signer twice");
  return urls.length > SIGNERS_MAX ? bad(`names more than ${SIGNERS_MAX} signers`) : ok(urls);
}

export function parseRemotePublicKeys(text: string): Parsed<RemotePublicKeys> {
  if (text === "external") return ok("external");
  const keys = new Set<Pubkey>();
  for (const item of text.split(",")) {
    try {
      keys.add(parsePubkey(item.trim(), "the key"));
    } catch {
      return bad("is neither external nor a list of public keys: 0x and 96 hex digits each");
    }
  }
  return ok([...keys]);
}

const group = "Remote signers";

export const SIGNER_OPTIONS = {
  web3signerUrl: one(parseSignerUrls, [], {
    name: "web3signer-url",
    aliases: ["external-signer-url", "validators-external-signer-url"],
    group,
    placeholder: "<url,…>",
    help: "Remote signers (Web3Signer) that have keys of yours, comma-separated.",
    // Not one by one: a comma may be part of a password.
    show: redactUrl,
  }),
  web3signerPublicKeys: one(parseRemotePublicKeys, "external", {
    name: "web3signer-public-keys",
    group,
    placeholder: "<external|0x…,…>",
    fallbackText: "external",
    help: "Which of their keys sign here: external (all, as each signer lists them, read again and again), or a list.",
  }),
  web3signerCaFile: one(parseText, null, {
    name: "web3signer-ca-file",
    group,
    placeholder: "<file>",
    help: "PEM file with the authority that signed the remote signers' certificates.",
  }),
  web3signerCertFile: one(parseText, null, {
    name: "web3signer-cert-file",
    group,
    placeholder: "<file>",
    help: "PEM file with the certificate that Mote shows to the remote signers.",
  }),
  web3signerKeyFile: one(parseText, null, {
    name: "web3signer-key-file",
    group,
    placeholder: "<file>",
    help: "PEM file with that certificate's private key.",
  }),
  disableSlashingProtectionWeb3signer: toggle({
    name: "disable-slashing-protection-web3signer",
    group,
    help: "Keep no slashing protection records for keys of remote signers. Safe only when the signers' own is on.",
  }),
} satisfies OptionTable;
