import {spawnSync} from "node:child_process";
import {existsSync} from "node:fs";

/** One end of a wire between two network namespaces, each with nothing else in it. */
export interface Namespace {
  readonly name: string;
  readonly ip4: string;
  readonly ip6: string;
}

const PREFIX = "mote-test";
const INTERFACE = "wire";
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Addresses count at once, and outlive the wire. */
const IP6_SETTINGS = ["dad_transmits=0", "keep_addr_on_down=1"];

/**
 * Two hosts and the wire between them, named for this process. They are gone when the process ends, however it does; what a killed one has left behind goes
 * with the next.
 */
export class TwoNamespaces {
  readonly one: Namespace = {name: `${PREFIX}-${process.pid}-a`, ip4: "10.77.0.1", ip6: "fd77::1"};
  readonly other: Namespace = {name: `${PREFIX}-${process.pid}-b`, ip4: "10.77.0.2", ip6: "fd77::2"};

  private constructor() {}

  /** @returns or says why this machine does not allow it */
  static create(): TwoNamespaces | {readonly refusal: string} {
    if (process.getuid?.() !== 0) return {refusal: "network namespaces take a user that is root"};
    const made = new TwoNamespaces();
    try {
      removeAbandoned();
      process.once("exit", made.#onExit);
      for (const signal of ENDING_SIGNALS) process.once(signal, made.#onSignal);
      made.#lay();
      return made;
    } catch (error) {
      made.remove();
      return {refusal: error instanceof Error ? error.message : String(error)};
    }
  }

  setWire(state: "up" | "down"): void {
    ip("-n", this.one.name, "link", "set", INTERFACE, state);
  }

  remove(): void {
    process.off("exit", this.#onExit);
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#onSignal);
    for (const {name} of [this.one, this.other]) removeNamespace(name);
  }

  #lay(): void {
    for (const {name} of [this.one, this.other]) {
      ip("netns", "add", name);
      for (const setting of IP6_SETTINGS)
        for (const which of ["all", "default"])
          ip("netns", "exec", name, "sysctl", "-qw", `net.ipv6.conf.${which}.${setting}`);
    }
    const [a, b] = [this.one.name, this.other.name];
    ip("link", "add", INTERFACE, "netns", a, "type", "veth", "peer", "name", INTERFACE, "netns", b);
    for (const {name, ip4, ip6} of [this.one, this.other]) {
      ip("-n", name, "address", "add", `${ip4}/24`, "dev", INTERFACE);
      ip("-n", name, "address", "add", `${ip6}/64`, "dev", INTERFACE, "nodad");
      ip("-n", name, "link", "set", INTERFACE, "up");
    }
  }

  readonly #onExit = (): void => this.remove();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.remove();
    process.kill(process.pid, signal);
  };
}

function removeAbandoned(): void {
  for (const line of ip("netns", "list").split("\n")) {
    const [name = ""] = line.split(" ");
    const pid = name.match(new RegExp(`^${PREFIX}-(\\d+)-[ab]$`))?.[1];
    if (pid !== undefined && (pid === `${process.pid}` || !existsSync(`/proc/${pid}`))) removeNamespace(name);
  }
}

/** Its end of the wire goes with it. */
function removeNamespace(name: string): void {
  spawnSync("ip", ["netns", "delete", name], {stdio: "ignore"});
}

/** @throws {Error} with what the command says */
function ip(...args: readonly string[]): string {
  const {status, stdout, stderr, error} = spawnSync("ip", args, {encoding: "utf8"});
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
