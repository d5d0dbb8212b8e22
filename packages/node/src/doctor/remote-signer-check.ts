import {type Clock, type Log, messageOf, redactUrl} from "@mote/core";
import {RemoteKeyList, type SignerTls} from "@mote/duty-signing";
import {type Finding, failure, fine} from "./finding.ts";

const TITLE = "remote signer";

/** Asks a remote signer once for its keys. */
export async function checkRemoteSigner(
  {url, tls}: {readonly url: string; readonly tls: SignerTls},
  {clock}: {readonly clock: Clock},
): Promise<Finding> {
  const place = redactUrl(url);
  const problems: string[] = [];
  const note = (message: string, details: object = {}) => {
    problems.push([message, ...Object.values(details)].join(": "));
  };
  const log: Log = {error: note, warn: note, info: () => {}, debug: () => {}};
  try {
    const list = new RemoteKeyList(
      {url, ...(url.startsWith("https:") ? {tls} : {})},
      {clock, log, onChange: async () => {}},
    );
    await list.start();
    list.stop();
    const count = list.pubkeys.length;
    if (count > 0) return fine(TITLE, `${place} has ${count} ${count === 1 ? "key" : "keys"}`);
  } catch (error) {
    problems.push(messageOf(error));
  }
  return failure(
    TITLE,
    `${place}: ${problems.join("; ")}`,
    "Start the signer, or correct --web3signer-url and its TLS files.",
  );
}
