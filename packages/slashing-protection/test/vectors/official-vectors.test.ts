import {memoryStores} from "@mote/testing";
import {declareOfficialVectors} from "../support/eip-3076-vectors.ts";
import {temporaryStore} from "../support/temporary-store.ts";

describe("LevelSlashingProtection", () => {
  declareOfficialVectors(temporaryStore);
});

describe("MemorySlashingProtection, which others are held against", () => {
  declareOfficialVectors(memoryStores());
});
