import {readFileSync} from "node:fs";

/** One case of test/vectors/signing-roots, worked out apart from this code; the README beside it says how. */
export interface KnownAnswer {
  readonly name: string;
  readonly kind: string;
  readonly fork: string;
  readonly preset: string;
  readonly config: Readonly<Record<string, string>>;
  readonly genesisValidatorsRoot: string;
  readonly message: unknown;
  readonly signingRoot: string;
}

const FILE = new URL("../../../test/vectors/signing-roots/signing-roots.json", import.meta.url);

/** @throws when the file is missing: without it nothing is proven */
export const knownAnswers = (): KnownAnswer[] => JSON.parse(readFileSync(FILE, "utf8")) as KnownAnswer[];
