import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import type {MoteProcess} from "./mote-process.ts";
import type {Room} from "./room.ts";

/** An address that the tests' nodes are told to have the fees sent to. */
export const FEE_RECIPIENT = `0x${"fe".repeat(20)}`;

export interface NodeWish {
  /** Of its datadir in the room. */
  readonly name: string;
  /** As for `--interop-keys`; all of the chain's when left out. */
  readonly keys?: string;
  /** All of the devnet's when left out. */
  readonly urls?: readonly string[];
  /** False for a datadir that was begun before. */
  readonly isNew?: boolean;
}

/** A Mote on a devnet in this process, with JSON lines and a fee recipient. */
export function startNode(
  room: Room,
  devnet: Devnet,
  {name, keys = `0..${devnet.chain.pubkeys.length - 1}`, urls = devnet.urls, isNew = true}: NodeWish,
  ...flags: readonly string[]
): MoteProcess {
  return room.mote(
    ...["start", "--network", "devnet", "--datadir", join(room.dir, name), "--json"],
    ...["--beacon-nodes", urls.join(), "--interop-keys", keys, "--suggested-fee-recipient", FEE_RECIPIENT],
    ...(isNew ? ["--init-slashing-protection"] : []),
    ...flags,
  );
}
