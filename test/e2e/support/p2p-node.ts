import type {Devnet} from "@mote/devnet";
import type {LogLine, MoteProcess} from "./mote-process.ts";
import type {Room, RoomDevnetOptions} from "./room.ts";

export const BEACON_NODES = 3;

/** A chain whose beacon nodes are peers of each other, slow enough for all that they say. */
export const openNetwork = (room: Room, options: RoomDevnetOptions): Promise<Devnet> =>
  room.devnet({beaconNodes: BEACON_NODES, p2p: true, secondsPerSlot: 2, ...options});

/** What makes a Mote join the network of a devnet's beacon nodes: on the loopback, with them and nobody else. */
export const joinFlags = (devnet: Devnet): readonly string[] => [
  ...["--p2p", "--p2p-port", "0", "--p2p-listen-address", "127.0.0.1"],
  ...["--p2p-no-discovery", "--p2p-direct-peers", devnet.peers().join()],
];

/** A JSON line `p2p`, which a node with `--p2p` says in each slot. */
export interface NetworkLine {
  readonly slot: number;
  readonly peers: number;
  readonly echoRate: number | null;
  readonly lightClientFinalizedEpoch: number | null;
  readonly lightClientSlot: number | null;
  readonly vetoes: {readonly source: number; readonly target: number; readonly head: number};
  readonly notProvable: number;
}

const isNetworkLine = (line: LogLine): line is LogLine & NetworkLine => line.event === "p2p";

/** Those that a node has said so far, oldest first. */
export const networkLines = ({lines}: MoteProcess): NetworkLine[] => lines.filter(isNetworkLine);

/** That of a slot, or of the first one after it. It comes before the slot ends. */
export const networkLine = async (mote: MoteProcess, slot: number): Promise<NetworkLine> =>
  (await mote.line((line) => isNetworkLine(line) && line.slot >= slot)) as LogLine & NetworkLine;

/** The same as a stranger does it: all peers are found, and none is kept at any price. */
export const searchFlags = (devnet: Devnet): readonly string[] => [
  ...["--p2p", "--p2p-port", "0", "--p2p-listen-address", "127.0.0.1"],
  ...["--p2p-bootnodes", devnet.peers().join()],
];
