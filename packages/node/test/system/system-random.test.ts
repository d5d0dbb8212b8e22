import {randomContract} from "@mote/testing";
import {SystemRandom} from "../../src/system/system-random.ts";

describe("SystemRandom keeps the contract of its port", () => {
  randomContract(() => ({random: new SystemRandom()}));
});
