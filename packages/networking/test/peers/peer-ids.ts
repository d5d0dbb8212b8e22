import {privateKeyFromRaw} from "@libp2p/crypto/keys";
import {peerIdFromPrivateKey} from "@libp2p/peer-id";

/** Peer ids of the private keys 1, 2, 3 and so on. */
export const PEERS: readonly string[] = Array.from({length: 60}, (_, i) => {
  const key = privateKeyFromRaw(Uint8Array.from([...new Array<number>(31).fill(0), i + 1]));
  return peerIdFromPrivateKey(key).toString();
});
