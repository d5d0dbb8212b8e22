import {MAINNET_FLAG, type NetworkChoice} from "@mote/node/config";

/** What speaks against a command that moves the stake, on a chain of real money. @param name of the command, with `mote` */
export function mainnetProblems(
  name: string,
  {isAccepted, network}: {readonly isAccepted: boolean; readonly network: NetworkChoice},
): readonly string[] {
  if (network.kind !== "known" || network.name !== "mainnet" || isAccepted) return [];
  return [
    `--network mainnet: this is real money, and nobody outside the project has audited Mote yet.
  Tested, by the project's own tests: what ${name} makes, against published vectors and a second implementation, and on chains in miniature.
  Not tested: your wallet, and launchpads on mainnet. What was sent or published, nobody can take back.
  Do the same on hoodi first. If you then accept that a mistake of Mote's may cost you your stake, add --${MAINNET_FLAG}`,
  ];
}
