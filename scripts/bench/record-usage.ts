// Loaded by --import into a process that is watched: says each second what it has used of processor time since its start, all threads together, and
// what memory it holds.
import {isMainThread} from "node:worker_threads";

const EVERY_MS = 1_000;

function say(): void {
  const {user, system} = process.cpuUsage();
  const [atMs, cpuMs, rssBytes] = [Date.now(), (user + system) / 1000, process.memoryUsage.rss()];
  // To the error stream: the process's own lines come in pieces.
  console.error(JSON.stringify({event: "usage", atMs, cpuMs, rssBytes}));
}
if (isMainThread) setInterval(say, EVERY_MS).unref();
