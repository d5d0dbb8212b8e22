import {Uint8ArrayList} from "uint8arraylist";
import {encodeUvarint} from "../codec/uvarint.ts";
import type {GossipRouter} from "./gossipsub-seams.ts";

/**
 * The library reads RPCs as large as it is told, but by itself writes none above 4 MiB, less than half of what a message may have; it remembers such a message as
 * sent before it throws. With this it writes what the spec lets it write.
 */
export function allowLargeMessages(router: GossipRouter): void {
  const {createOutboundStream, sendRpcInBatch} = router;
  router.createOutboundStream = async (peer, connection) => {
    await createOutboundStream.call(router, peer, connection);
    const stream = router.streamsOutbound.get(peer.toString());
    if (stream !== undefined) stream.push = (rpc) => stream.pushPrefixed(withLength(rpc));
  };
  router.sendRpcInBatch = (recipients, rpc) => {
    try {
      sendRpcInBatch.call(router, recipients, rpc);
    } catch (error) {
      if (!(error instanceof Error && error.name === "InvalidDataLengthError")) throw error;
      for (const peer of recipients) if (!router.sendRpc(peer, rpc)) recipients.delete(peer);
    }
  };
}

const withLength = (rpc: Uint8Array): Uint8ArrayList => new Uint8ArrayList(encodeUvarint(rpc.length), rpc);
