import {writeFileSync} from "node:fs";
import mocha from "mocha";

const COUNTS = {pass: "passed", fail: "failed", pending: "skipped"};

/** Mocha's own spec reporter, which also leaves its counts, by test file, in the file that TEST_COUNTS_FILE names. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const byFile = {};
    for (const [event, count] of Object.entries(COUNTS)) {
      runner.on(event, ({file}) => {
        byFile[file] ??= {passed: 0, failed: 0, skipped: 0};
        byFile[file][count]++;
      });
    }
    runner.once("end", () => writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(byFile)));
  }
}
