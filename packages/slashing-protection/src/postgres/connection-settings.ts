import {type FileHandle, open} from "node:fs/promises";
import {messageOf, redactUrl} from "@mote/core";
import {ProtectionStoreError} from "../errors.ts";

const PASSWORD_FILE_SIZE_BYTES_MAX = 4096;
/** What permits reading or writing to everybody. */
const OTHERS = 0o007;

export interface ConnectionSettings {
  /** Holds the credentials: for the driver only. */
  readonly connectionString: string;
  /** For people: without user, password and parameters. */
  readonly shownUrl: string;
}

/** @throws {ProtectionStoreError} when the URL is of another kind, or the password file is not usable */
export async function readConnectionSettings(init: {
  readonly url: string;
  readonly passwordFile?: string | undefined;
}): Promise<ConnectionSettings> {
  const shownUrl = redactUrl(init.url);
  if (!/^postgres(ql)?:\/\//.test(init.url)) {
    throw new ProtectionStoreError(
      `the slashing-protection database must be given as postgres://user@host:port/database, not ${shownUrl}`,
    );
  }
  const url = withStrictTls(init.url);
  if (init.passwordFile === undefined) return {connectionString: url, shownUrl};
  const password = await readPassword(init.passwordFile);
  // As a parameter, since a URL without a host has no place for it before the host.
  const separator = url.includes("?") ? "&" : "?";
  return {connectionString: `${url}${separator}password=${encodeURIComponent(password)}`, shownUrl};
}

/** The driver takes these modes for `verify-full` too, but prints a page about it; a later one is to take them for less. */
const withStrictTls = (url: string): string =>
  /[?&]uselibpqcompat=/.test(url)
    ? url
    : url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, "$1verify-full");

async function readPassword(path: string): Promise<string> {
  let text: string;
  try {
    text = await readPrivateFile(path);
  } catch (cause) {
    throw new ProtectionStoreError(`the database password file ${path} is not usable: ${messageOf(cause)}`, {cause});
  }
  const password = text.replace(/\r?\n$/, "");
  if (password === "" || /[\r\n]/.test(password)) {
    throw new ProtectionStoreError(`the database password file ${path} must hold one line, the password`);
  }
  return password;
}

async function readPrivateFile(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const {mode} = await file.stat();
    if ((mode & OTHERS) !== 0) throw new Error("everybody may read or change it; take that away (chmod 600)");
    return await readBounded(file);
  } finally {
    await file.close();
  }
}

async function readBounded(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(PASSWORD_FILE_SIZE_BYTES_MAX + 1);
  let sizeBytes = 0;
  while (sizeBytes < buffer.length) {
    const {bytesRead} = await file.read(buffer, sizeBytes, buffer.length - sizeBytes, null);
    if (bytesRead === 0) break;
    sizeBytes += bytesRead;
  }
  if (sizeBytes > PASSWORD_FILE_SIZE_BYTES_MAX) {
    throw new Error(`it is larger than ${PASSWORD_FILE_SIZE_BYTES_MAX} bytes`);
  }
  return buffer.toString("utf8", 0, sizeBytes);
}
