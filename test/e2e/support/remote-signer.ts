import {join} from "node:path";
import {hexToBytes, type Pubkey, type Signature} from "@mote/core";
import {type Devnet, interopKeys} from "@mote/devnet";
import {FakeWeb3Signer, OpenApi, sayNotChecked} from "@mote/testing";
import type {Room} from "./room.ts";

const DESCRIPTION = OpenApi.load(
  join(import.meta.dirname, "../../../../shared/specs/remote-signing-api/remote-signing-oapi.yaml"),
);

/** Within each `describe` whose requests such a signer judges. */
export const sayWhenRemoteSigningUnjudged = (): void => sayNotChecked(DESCRIPTION, "Remote Signing API");

/** A Web3Signer of the room that has the keys of these validators. It computes every root from what it is told, and holds requests against the official OpenAPI when it is there. */
export async function startRemoteSigner(
  room: Room,
  devnet: Devnet,
  indices: readonly number[],
): Promise<FakeWeb3Signer> {
  const {pubkeys, config} = devnet.chain;
  const keys = new Map(interopKeys(pubkeys.length).map(({pubkey, secretKey}) => [pubkey, secretKey]));
  const signer = await FakeWeb3Signer.start({
    pubkeys: indices.map((index) => pubkeys[index] as Pubkey),
    sign: (pubkey, root) => keys.get(pubkey)?.sign(hexToBytes(root)).toBytes() as Signature,
    genesisForkVersion: config.GENESIS_FORK_VERSION,
    openApi: DESCRIPTION,
  });
  room.atEnd(() => signer.close());
  return signer;
}
