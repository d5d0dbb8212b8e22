import type {Clock} from "@mote/core";
import {type FakeLog, FakeWeb3Signer, type FakeWeb3SignerInit, OpenApi, sayNotChecked} from "@mote/testing";
import {interopKeys} from "../../../src/keys/interop-keys.ts";
import {config} from "../../gate-fixture.ts";

/** Null on a machine without the description; then what is told is judged by its signing root alone. */
const REMOTE_SIGNING_API = OpenApi.load(
  new URL("../../../../../../shared/specs/remote-signing-api/remote-signing-oapi.yaml", import.meta.url).pathname,
);

/** Within each `describe` whose requests a fake remote signer judges. */
export const sayWhenUnjudged = (): void => sayNotChecked(REMOTE_SIGNING_API, "Remote Signing API");

export const secretKeys = interopKeys([0, 1, 2]);
export const pubkeys = secretKeys.map(({pubkey}) => pubkey);
export const stranger = interopKeys([9])[0]!;

/** A Web3Signer with these keys. */
export function startFake(init: Partial<FakeWeb3SignerInit> = {}): Promise<FakeWeb3Signer> {
  return FakeWeb3Signer.start({
    pubkeys,
    sign: (pubkey, signingRoot) => secretKeys.find((key) => key.pubkey === pubkey)!.sign(signingRoot),
    genesisForkVersion: config.GENESIS_FORK_VERSION,
    openApi: REMOTE_SIGNING_API,
    ...init,
  });
}

export const realClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export const warnings = (log: FakeLog): string[] => log.lines.filter((line) => line.startsWith("warn"));
