import type {BeaconNodeStatus, DevnetStatus, SlotVotes, VoteCell} from "../devnet/devnet-handle.ts";
import type {NodeP2pFigures} from "../devnet/p2p-figures.ts";
import type {NodeStatus, ScreenModel} from "./screen-model.ts";

export interface RenderOptions {
  readonly columns: number;
  readonly color: boolean;
}

type Style = "plain" | "bold" | "dim" | "green" | "yellow" | "red";
type Span = readonly [text: string, style?: Style];
type Line = readonly Span[];

const CODES: Readonly<Record<Style, string>> = {plain: "", bold: "1", dim: "2", green: "32", yellow: "33", red: "31"};
/** Shapes differ as well as colours, for eyes and terminals without them. */
const CELLS: Readonly<Record<VoteCell, Span>> = {
  expected: ["·", "dim"],
  published: ["○", "yellow"],
  included: ["●", "green"],
  missed: ["×", "red"],
};
const SLOTS_SHOWN = 4;
const BAR_WIDTH = 24;
const LABEL_WIDTH = 17;
const NOTICES_SHOWN = 3;

/** The whole view as lines no wider than the terminal. */
export function render(model: ScreenModel, {columns, color}: RenderOptions): string[] {
  const lines = [
    titleLine(model),
    [],
    ...chainLines(model),
    [],
    ...votesLines(model, columns),
    [],
    ...figuresLines(model),
    [],
    ...model.status.beaconNodes.map(beaconNodeLine),
    ...noticeLines(model.notices),
    [],
    [[" ● included  ○ published  · to come  × missed     Ctrl-C stops", "dim"] satisfies Span],
  ];
  return lines.map((line) => paint(fit(line, columns), color));
}

function titleLine({status, validators}: ScreenModel): Line {
  return [
    [" Mote devnet", "bold"],
    [`   ${status.fork} · ${validators} validators`, "dim"],
  ];
}

function chainLines(model: ScreenModel): Line[] {
  const {status, slotsPerEpoch, slotDurationMs, intoSlotMs} = model;
  if (status.slot < 0) {
    const waitSec = Math.max(0, Math.ceil(-intoSlotMs / 1000));
    return [[label("genesis"), [`in ${waitSec} s`]]];
  }
  const epoch = Math.floor(status.slot / slotsPerEpoch);
  const place = (status.slot % slotsPerEpoch) + 1;
  const done = (place - 1 + Math.min(1, Math.max(0, intoSlotMs / slotDurationMs))) / slotsPerEpoch;
  return [
    [label("slot"), [String(status.slot), "bold"]],
    [
      label("epoch"),
      [String(epoch), "bold"],
      [`  ${bar(done)}`, "green"],
      [`  slot ${place} of ${slotsPerEpoch}`, "dim"],
    ],
    [label("justified"), [`epoch ${status.justifiedEpoch}`]],
    [label("finalised"), [`epoch ${status.finalizedEpoch}`, status.finalizedEpoch > 0 ? "green" : "plain"]],
  ];
}

function bar(done: number): string {
  const full = Math.round(done * BAR_WIDTH);
  return "━".repeat(full) + "─".repeat(BAR_WIDTH - full);
}

function votesLines({status}: ScreenModel, columns: number): Line[] {
  return status.recentSlots.slice(0, SLOTS_SHOWN).map((votes, at) => votesLine(votes, at === 0, columns));
}

function votesLine({slot, cells}: SlotVotes, isCurrent: boolean, columns: number): Line {
  const words = `  ${votesInWords(cells, isCurrent)}`;
  const room = Math.max(4, columns - LABEL_WIDTH - words.length - 5);
  const shown = cells.length > room ? cells.slice(0, room - 1) : cells;
  const more: Span[] = shown.length < cells.length ? [["…", "dim"]] : [];
  return [label(`slot ${slot}`), ...shown.map((cell) => CELLS[cell]), ...more, [words, "dim"]];
}

function votesInWords(cells: readonly VoteCell[], isCurrent: boolean): string {
  const count = (cell: VoteCell): number => cells.filter((each) => each === cell).length;
  const included = count("included");
  const of = `of ${cells.length}`;
  const missed = count("missed") > 0 ? `, ${count("missed")} missed` : "";
  return isCurrent && included === 0 ? `${count("published")} ${of} published` : `${included} ${of} included${missed}`;
}

function figuresLines({status, nodes}: ScreenModel): Line[] {
  const {totals, headToPublishMs, slashableMessages} = status;
  const slashable: Span = [`${slashableMessages} slashable`, slashableMessages > 0 ? "red" : "plain"];
  const missed = missedSpan(totals);
  // A vote may be included until the end of the next epoch; before, it is neither in nor missed.
  const included: Span[] =
    totals.expected === 0 ? [["counted from epoch 2 on", "dim"]] : [[`${totals.included} of ${totals.expected}`]];
  const {last, p50, p99} = headToPublishMs;
  return [
    ...committeeLines(status),
    [label("votes included"), ...included, ["   "], missed, ["   "], slashable],
    [label("head to publish"), [ms(last)], [`   p50 ${ms(p50)}   p99 ${ms(p99)}`, "dim"]],
    ...nodes.flatMap((node) => [nodeLine(node), ...(node.p2p === null ? [] : [p2pLine(node.p2p)])]),
  ];
}

const missedSpan = ({missed}: {readonly missed: number}): Span => [`${missed} missed`, missed > 0 ? "red" : "plain"];

/** Blocks and what the committees add to them; nothing before there is any. */
function committeeLines({proposals, syncCommittee: {participation}, payloadAttestations}: DevnetStatus): Line[] {
  if (proposals.expected === 0) return [];
  const sync: Span[] = participation === null ? [] : [[`   sync ${(100 * participation).toFixed(1)}%`]];
  const {expected, included} = payloadAttestations;
  const payload: Span[] = expected === 0 ? [] : [[`   payload votes ${included} of ${expected}`]];
  const blocks: Span = [`${proposals.included} of ${proposals.expected}`];
  return [[label("blocks proposed"), blocks, ["   "], missedSpan(proposals), ...sync, ...payload]];
}

function nodeLine({name, isRunning, rssBytes}: NodeStatus): Line {
  const memory = rssBytes === null ? "" : `   ${(rssBytes / 1_048_576).toFixed(1)} MiB`;
  const state: Span = isRunning ? ["voting"] : ["gone", "red"];
  return [label(name), state, [memory, "dim"]];
}

function p2pLine({peers, echoRate, lightClientFinalizedEpoch, vetoes}: NodeP2pFigures): Line {
  const vetoed = vetoes.source + vetoes.target + vetoes.head;
  const refused: Span = [`   ${vetoed} ${vetoed === 1 ? "veto" : "vetoes"}`, vetoed > 0 ? "red" : "plain"];
  const echoes = echoRate === null ? "" : `   ${(100 * echoRate).toFixed(1)}% echoed`;
  const proven = lightClientFinalizedEpoch === null ? "" : `   final to epoch ${lightClientFinalizedEpoch}`;
  return [label(""), [`${peers ?? 0} ${peers === 1 ? "peer" : "peers"}`], refused, [echoes + proven, "dim"]];
}

const ms = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} ms`);

function beaconNodeLine({name, url, dialect, faults}: BeaconNodeStatus): Line {
  const doing: Span = faults.length === 0 ? ["serving", "green"] : [faults.join(", "), "red"];
  const kind: Span[] = dialect === "plain" ? [] : [[`   as ${dialect}`, "dim"]];
  return [label(name), [`${url}   `, "dim"], doing, ...kind];
}

function noticeLines(notices: readonly string[]): Line[] {
  if (notices.length === 0) return [];
  return [[], ...notices.slice(-NOTICES_SHOWN).map((notice): Line => [[` ! ${printable(notice)}`, "yellow"]])];
}

/** A notice quotes what came over the network: control characters must not reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");

const label = (text: string): Span => [` ${text.padEnd(LABEL_WIDTH)}`, "dim"];

/** Cuts a line at the terminal's edge, with a mark. Every character used here is one column wide. */
function fit(line: Line, columns: number): Line {
  const width = line.reduce((sum, [text]) => sum + text.length, 0);
  if (width < columns) return line;
  const fitted: Span[] = [];
  let room = Math.max(0, columns - 2);
  for (const [text, style] of line) {
    if (room === 0) break;
    const part = text.slice(0, room);
    room -= part.length;
    fitted.push(style === undefined ? [part] : [part, style]);
  }
  return [...fitted, ["…", "dim"]];
}

function paint(line: Line, color: boolean): string {
  const spans = line.map(([text, style = "plain"]) =>
    color && style !== "plain" && text.trim() !== "" ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text,
  );
  return spans.join("").replace(/ +$/, "");
}
