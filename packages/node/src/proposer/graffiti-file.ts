import {type Pubkey, parsePubkey} from "@mote/core";
import {bad, ok, type Parsed, parseGraffiti} from "../config/index.ts";

export interface GraffitiFile {
  readonly default: Uint8Array | null;
  readonly byPubkey: ReadonlyMap<Pubkey, Uint8Array>;
}

/** Lines `default: text` and `0x<pubkey>: text`. */
export function parseGraffitiFile(text: string): Parsed<GraffitiFile> {
  let fallback: Uint8Array | null = null;
  const byPubkey = new Map<Pubkey, Uint8Array>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, value = ""] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    const graffiti = parseGraffiti(value);
    if (name === undefined) return bad(`line ${at + 1} is not name: text`);
    if (graffiti.kind === "bad") return bad(`line ${at + 1} ${graffiti.problem}`);
    if (name === "default") fallback = graffiti.value;
    else {
      const pubkey = pubkeyOf(name);
      if (pubkey === null) return bad(`line ${at + 1} names neither default nor a public key (0x and 96 hex digits)`);
      byPubkey.set(pubkey, graffiti.value);
    }
  }
  return ok({default: fallback, byPubkey});
}

function pubkeyOf(text: string): Pubkey | null {
  try {
    return parsePubkey(text, "");
  } catch {
    return null;
  }
}
