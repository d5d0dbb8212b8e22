import type {FakeChain, FakeProposal} from "@mote/testing";

type Produced<Kind> = Extract<FakeProposal["produced"], {kind: Kind}>;

/** Lets the node propose what it would, changed. */
export function changeProposal<Kind extends FakeProposal["produced"]["kind"]>(
  chain: FakeChain,
  kind: Kind,
  change: (produced: Produced<Kind>) => void,
): void {
  const right = chain.proposal;
  chain.proposal = (request) => {
    const proposal = right(request);
    if (proposal.produced.kind !== kind) throw new Error(`the fake proposes a ${proposal.produced.kind} block`);
    change(proposal.produced as Produced<Kind>);
    return proposal;
  };
}

export function proposeInstead(
  chain: FakeChain,
  make: (request: Parameters<FakeChain["proposal"]>[0]) => FakeProposal["produced"],
): void {
  const right = chain.proposal;
  chain.proposal = (request) => ({...right(request), produced: make(request)});
}
