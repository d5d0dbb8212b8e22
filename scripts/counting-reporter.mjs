import {writeFileSync} from "node:fs";
import mocha from "mocha";

/** Mocha's own spec reporter, which also leaves its counts in the file that TEST_COUNTS_FILE names. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const {passes, failures, pending} = this.stats;
      writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify({passed: passes, failed: failures, skipped: pending}));
    });
  }
}
