import assert from "node:assert/strict";
import {NoSourceError} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {Complaint} from "../src/complaint.ts";

describe("Complaint", () => {
  function setUp() {
    const log = new FakeLog();
    return {log, complaint: new Complaint({what: "duties not read"}, {log})};
  }

  it("is said once while its reason differs in numbers alone", () => {
    const {log, complaint} = setUp();
    for (const epoch of [3, 4, 3]) complaint.failed(new Error(`status 404 no route /ptc/${epoch} of 0xab${epoch}`));
    assert.equal(log.lines.length, 1);
  });

  it("is said again for another reason, and when it had been over", () => {
    const {log, complaint} = setUp();
    complaint.failed(new Error("status 404"));
    complaint.failed(new Error("timed out"));
    assert.equal(log.lines.length, 2);
    complaint.succeeded();
    complaint.failed(new Error("timed out"));
    assert.equal(log.lines.length, 3);
  });

  it("adds nothing to the line that says that no beacon node is ready", () => {
    const {log, complaint} = setUp();
    complaint.failed(new NoSourceError("duties: no beacon node is ready", {wasAnyAsked: false}));
    complaint.failed(new NoSourceError("duties: bn0: timed out", {wasAnyAsked: true}));
    assert.deepEqual(log.lines, ["debug duties not read", "warn duties not read"]);
  });
});
