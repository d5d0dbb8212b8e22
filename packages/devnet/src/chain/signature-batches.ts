import {
  aggregateWithRandomness,
  fastAggregateVerify,
  type PublicKey,
  Signature,
  verify,
  verifyMultipleAggregateSignatures,
} from "@chainsafe/blst";

export interface SignedMessage {
  readonly message: Uint8Array;
  readonly publicKeys: readonly PublicKey[];
  readonly signature: Uint8Array;
}

/** One verification for all when all are good; when one is not, each by itself, so that the bad ones are known by their places. */
export function verifySameMessage(
  message: Uint8Array,
  items: readonly {readonly publicKey: PublicKey; readonly signature: Uint8Array}[],
): boolean[] {
  const alone = () => items.map(({publicKey, signature}) => verifyOne({message, publicKeys: [publicKey], signature}));
  if (items.length < 2) return alone();
  const allGood = holds(() => {
    const {pk, sig} = aggregateWithRandomness(items.map(({publicKey, signature}) => ({pk: publicKey, sig: signature})));
    return verify(message, pk, sig);
  });
  return allGood ? items.map(() => true) : alone();
}

/** As {@link verifySameMessage} for messages that differ, each by one signer. */
export function verifyEach(items: readonly (SignedMessage & {readonly publicKeys: readonly [PublicKey]})[]): boolean[] {
  if (items.length < 2) return items.map(verifyOne);
  const allGood = holds(() =>
    verifyMultipleAggregateSignatures(
      items.map(({message, publicKeys, signature}) => ({
        msg: message,
        pk: publicKeys[0],
        sig: Signature.fromBytes(signature, true),
      })),
    ),
  );
  return allGood ? items.map(() => true) : items.map(verifyOne);
}

/** False also for bytes that are no signature at all. */
export function verifyOne({message, publicKeys, signature}: SignedMessage): boolean {
  return (
    publicKeys.length > 0 &&
    holds(() => fastAggregateVerify(message, [...publicKeys], Signature.fromBytes(signature, true)))
  );
}

/** blst throws for bytes that are not a point of the group. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
