import {slashingProtectionContract} from "@mote/testing";
import {temporaryStore} from "../support/temporary-store.ts";

describe("LevelSlashingProtection keeps the contract of its port", () => {
  slashingProtectionContract(() => temporaryStore());
});
