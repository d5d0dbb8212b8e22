import {parentPort, workerData} from "node:worker_threads";
import {verifyAggregate, verifySameMessage} from "./batch-verification.ts";
import {PublicKeyCache} from "./public-key-cache.ts";
import {readAggregate, readSameMessage, type VerifierOrder, type VerifierReply} from "./verifier-order.ts";

/** The other thread of a `ThreadedVerifier`: answers what it is asked, in the order in which it is asked. */

const keys = new PublicKeyCache(workerData as {readonly keysMax: number});

function verdictsOf({kind, bytes}: VerifierOrder): readonly boolean[] {
  switch (kind) {
    case "aggregate":
      return [verifyAggregate(keys, readAggregate(bytes))];
    case "same_message": {
      const {signingRoot, signed} = readSameMessage(bytes);
      return verifySameMessage(keys, signingRoot, signed);
    }
  }
}

parentPort?.on("message", (order: VerifierOrder) => {
  const reply: VerifierReply = {id: order.id, verdicts: Uint8Array.from(verdictsOf(order), Number)};
  parentPort?.postMessage(reply);
});
