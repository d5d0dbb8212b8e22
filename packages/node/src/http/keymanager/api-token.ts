import {createHash, timingSafeEqual} from "node:crypto";
import type {Log} from "@mote/core";
import type {RandomBytes} from "@mote/duty-signing";
import {describeFileError} from "../../config/index.ts";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "../../exit-error.ts";
import type {StateFiles} from "../../system/state-files.ts";

const TOKEN_OPTION = "--http-token-file";
const TOKEN_SIZE_BYTES = 32;
/** 128 bits in hex: whoever writes a token of their own may not make one that can be guessed. */
const TOKEN_LENGTH_MIN = 32;
const FILE_SIZE_BYTES_MAX = 4 * 1024;
const OTHERS_MAY_READ = 0o004;

export interface ApiTokenInit {
  readonly path: string;
  /** Whether a file that is not there is made; one that the operator named must be there. */
  readonly mayCreate: boolean;
}

export interface ApiTokenComponents {
  readonly files: StateFiles;
  readonly random: RandomBytes;
  readonly log: Log;
}

/**
 * The bearer token in the file, or a new one that is kept there for the next start.
 * @throws {ExitError} when there is none that can be used
 */
export async function loadApiToken({path, mayCreate}: ApiTokenInit, components: ApiTokenComponents): Promise<string> {
  const {files, log} = components;
  const refused = (why: string) => new ExitError(`${TOKEN_OPTION}: ${path}: ${why}`, EXIT_NEEDS_HUMAN);
  let file: Awaited<ReturnType<StateFiles["read"]>>;
  try {
    file = await files.read(path, FILE_SIZE_BYTES_MAX);
  } catch (error) {
    throw refused(describeFileError(error));
  }
  if (file === null) {
    if (!mayCreate)
      throw refused("there is no such file; write a token into it, or leave the option out and Mote makes one");
    return createToken(path, components);
  }
  const token = file.text.trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < TOKEN_LENGTH_MIN)
    throw refused(
      `it holds no token of at least ${TOKEN_LENGTH_MIN} characters without spaces; ${mayCreate ? "delete it and Mote makes a new one" : "api-token-0x and 64 random hex digits is what Mote itself would write"}`,
    );
  if ((file.mode & OTHERS_MAY_READ) !== 0)
    log.warn(`the token of the Keymanager API can be read by every user of this machine: chmod 600 ${path}`);
  return token;
}

async function createToken(path: string, {files, random, log}: ApiTokenComponents): Promise<string> {
  const token = `api-token-0x${Buffer.from(random.bytes(TOKEN_SIZE_BYTES)).toString("hex")}`;
  try {
    await files.writeWhole(path, `${token}\n`);
  } catch (error) {
    throw new ExitError(
      `the token of the Keymanager API cannot be kept: ${path}: ${describeFileError(error)}`,
      EXIT_ERROR,
    );
  }
  log.info(`a token for the Keymanager API was made: ${path}`);
  return token;
}

/** Tells the right token from others in a time that says nothing about it. */
export class TokenCheck {
  readonly #digest: Buffer;

  constructor(init: {readonly token: string}) {
    this.#digest = digestOf(init.token);
  }

  /** @param authorization the header of that name: the only place where a token counts */
  judge(authorization: string | undefined): "right" | "wrong" | "none" {
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    if (given === undefined) return "none";
    return timingSafeEqual(digestOf(given), this.#digest) ? "right" : "wrong";
  }
}

/** Equal in length whatever was given, so that not even the token's length can be measured. */
const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();
