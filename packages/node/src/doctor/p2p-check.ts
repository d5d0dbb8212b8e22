import {START_OPTIONS} from "../config/index.ts";
import type {PortFault} from "../p2p/p2p-ports.ts";
import {isOfNoUse} from "../p2p/p2p-ports.ts";
import type {BootNodeAnswers} from "./boot-node-probe.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

const TITLE = "network";
const portFlag = `--${START_OPTIONS.p2pPort.name}`;
const addressFlag = `--${START_OPTIONS.p2pListenAddress.name}`;
const bootFlag = `--${START_OPTIONS.p2pBootnodes.name}`;
const peersFlag = `--${START_OPTIONS.p2pDirectPeers.name}`;

/** @param isOwn the Mote that runs here listens there already */
export function checkP2pPort(
  {port, faults}: {readonly port: number; readonly faults: readonly PortFault[]},
  {isOwn}: {readonly isOwn: boolean},
): Finding {
  if (isOwn) return fine(TITLE, `port ${port}: the Mote that runs here listens there for peers`);
  const fatal = faults.find((fault) => !isOfNoUse(fault));
  if (fatal !== undefined) {
    const {transport, address, code} = fatal;
    const isTaken = code === "EADDRINUSE";
    return failure(
      TITLE,
      `${transport} port ${port} at ${address} ${isTaken ? "is taken" : `cannot be listened on: ${code}`}`,
      isTaken
        ? `Choose another by ${portFlag}, or stop what listens there; a beacon node on this machine has 9000 as a rule.`
        : `Choose an address of this machine by ${addressFlag}.`,
    );
  }
  const without = faults.length > 0 ? "; this machine has no IPv6, which is left out" : "";
  return fine(
    TITLE,
    `TCP and UDP port ${port} can be listened on${without}. Whether a router lets peers in cannot be seen from here, and nothing depends on it`,
  );
}

export interface BootNodesFacts {
  /** Of the network and of the operator. */
  readonly count: number;
  readonly directPeers: number;
  readonly answers: BootNodeAnswers;
}

/** What first peers come from. */
export function checkBootNodes({count, directPeers, answers}: BootNodesFacts): Finding {
  if (count === 0) {
    return directPeers > 0
      ? fine(TITLE, `no boot nodes; ${directPeers} direct ${directPeers === 1 ? "peer" : "peers"}`)
      : warning(
          TITLE,
          "no boot nodes are known for this network, and no peers are named",
          `Name some by ${bootFlag} or ${peersFlag}, or only those who come in by themselves will be peers.`,
        );
  }
  const {asked, answered} = answers;
  if (asked === 0)
    return fine(TITLE, `${count} boot nodes; none of them names an address that could be tried from here`);
  if (answered > 0) return fine(TITLE, `${answered} of ${asked} boot nodes answer by UDP`);
  return warning(
    TITLE,
    `none of ${asked} boot nodes answers by UDP`,
    `Let UDP out to any port, and answers back in; without them peers have to be named by ${peersFlag}.`,
  );
}
