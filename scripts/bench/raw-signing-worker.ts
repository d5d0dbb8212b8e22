import {parentPort, workerData} from "node:worker_threads";
import {RawSigning} from "./raw-signing.ts";

/** Signs once with each of its keys, whenever it is told to. */
const signing = new RawSigning({keys: workerData as number});
parentPort?.on("message", () => {
  signing.round();
  parentPort?.postMessage("done");
});
