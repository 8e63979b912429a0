import type { HistoryEvent } from '@tenure/conformance';
import { number } from './figures.ts';
import { element, escaped } from './markup.ts';
import { STYLE } from './style.ts';
import { type NamedSpan, type Span, type Track, type Tracks, tracksOf } from './tracks.ts';

/** One client's run, to be drawn above or below another's. */
export interface Panel {
  readonly title: string;
  readonly history: readonly HistoryEvent[];
}

const WIDTH = 960;
const LEFT = 96;
const RIGHT = WIDTH - 16;
const TOP = 34;
const HEAD = 24;
const ROW = 26;
const GAP = 16;
const FOOT = 62;
/** About what a character of the picture's text is wide. */
const CHARACTER = 6.6;

/**
 * Runs of one fault, one above the other on one scale of time, whose zero is when the fault began. What was more than a ttl
 * before that is left out.
 */
export function timeline(title: string, panels: readonly Panel[]): string {
  // What is narrower than two pixels is not worth seeing; the scale is not known before the tracks are.
  const rough = panels.map(({ history }) => tracksOf(history, 0));
  const scale = scaleOf(rough);
  const grain = (2 * (scale.to - scale.from)) / (RIGHT - LEFT);
  let y = TOP;
  const drawn = panels.map(({ title: name, history }) => {
    const tracks = tracksOf(history, grain);
    const markup = panelOf(name, tracks, scale, y);
    y += heightOf(tracks) + GAP;
    return markup;
  });
  const height = y + FOOT;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'scorecard',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-label': title,
    },
    element('title', {}, escaped(title)),
    element('style', {}, STYLE),
    element('rect', { class: 'paper', width: WIDTH, height }),
    text(16, 20, title, 'strong'),
    ...drawn,
    axis(scale, y),
    legend(y + 42),
  );
}

/** Milliseconds from the zero. */
type Scale = Span & { readonly x: (ms: number) => number };

function scaleOf(all: readonly Tracks[]): Scale {
  const from = Math.min(0, ...all.map((tracks) => Math.max(tracks.from - tracks.zero, -tracks.ttl)));
  const to = Math.max(from + 1, ...all.map((tracks) => tracks.to - tracks.zero));
  return { from, to, x: (ms) => LEFT + ((ms - from) / (to - from)) * (RIGHT - LEFT) };
}

function heightOf({ clients }: Tracks): number {
  return HEAD + (clients.length + 2) * ROW;
}

function panelOf(title: string, tracks: Tracks, scale: Scale, top: number): string {
  const x = (at: number) => Math.max(LEFT, scale.x(at - tracks.zero));
  const bar = ({ from, to }: Span, y: number, height: number, name: string) =>
    to - tracks.zero < scale.from
      ? ''
      : element('rect', { class: name, x: x(from), y, width: Math.max(1, x(to) - x(from)), height });
  const rows = top + HEAD;
  const bottom = top + heightOf(tracks);
  const clients = rows + ROW;
  return [
    element('line', { class: 'rule', x1: 16, x2: RIGHT, y1: top, y2: top }),
    text(16, top + 17, title, 'strong'),
    element(
      'text',
      { x: RIGHT, y: top + 17, 'text-anchor': 'end', class: verdict(tracks).tone },
      verdict(tracks).words,
    ),
    ...tracks.faults.map((fault) => bar(fault, rows, bottom - rows, 'fault')),
    text(16, rows + 17, 'fault', 'soft'),
    ...labels(tracks.faults, x, rows + 17),
    ...tracks.overlaps.map((span) => bar(span, clients, tracks.clients.length * ROW, 'alarm-band')),
    ...tracks.clients.flatMap((track, i) => clientOf(track, clients + i * ROW, bar)),
    text(16, bottom - 9, 'server', 'soft'),
    ...tracks.leader.map((span) => bar(span, bottom - ROW + 4, ROW - 8, 'key')),
    ...labels(tracks.leader, x, bottom - 9),
  ].join('');
}

function clientOf(track: Track, y: number, bar: (span: Span, y: number, height: number, name: string) => string) {
  return [
    text(16, y + 17, track.client, 'soft'),
    ...track.leases.map((span) => bar(span, y + 18, 4, 'lease')),
    ...track.acts.map((span) => bar(span, y + 6, 12, 'act')),
    ...track.pauses.map((span) => bar(span, y + 3, ROW - 6, 'pause')),
  ];
}

/** Names where there is room for them: at their span's start, each after the one before it. */
function labels(spans: readonly NamedSpan[], x: (at: number) => number, y: number): string[] {
  let free = LEFT;
  return spans.flatMap((span, i) => {
    const start = Math.max(free, x(span.from) + 5);
    const next = spans[i + 1];
    const room = (next === undefined ? RIGHT : x(next.from)) - start;
    const fits = Math.floor(room / CHARACTER);
    if (fits < 2) return [];
    const shown = span.name.length <= fits ? span.name : `${span.name.slice(0, fits - 1)}…`;
    free = start + (shown.length + 1) * CHARACTER;
    return [text(start, y, shown, '')];
  });
}

function verdict({ overlaps, clients }: Tracks): { readonly words: string; readonly tone: string } {
  const longest = Math.max(0, ...overlaps.map(({ from, to }) => to - from));
  if (longest > 0) return { words: `two leaders for ${number(longest)} ms`, tone: 'alarm strong' };
  const acted = clients.some(({ acts }) => acts.length > 0);
  return { words: acted ? 'never two leaders' : 'nobody led', tone: 'soft' };
}

function axis(scale: Scale, y: number): string {
  const step = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].find(
    (ms) => (scale.to - scale.from) / ms <= 12,
  );
  const every = step ?? (scale.to - scale.from) / 12;
  const marks: string[] = [];
  for (let tick = Math.ceil(scale.from / every); tick * every <= scale.to; tick++) {
    const x = scale.x(tick * every);
    const seconds = `${Math.round(tick * every) / 1000} s`;
    marks.push(element('line', { class: 'rule', x1: x, x2: x, y1: y - GAP, y2: y - GAP + 5 }));
    marks.push(element('text', { x, y: y + 4, 'text-anchor': 'middle', class: 'soft' }, seconds));
  }
  return [element('line', { class: 'rule', x1: LEFT, x2: RIGHT, y1: y - GAP, y2: y - GAP }), ...marks].join('');
}

function legend(y: number): string {
  const items: readonly [kind: string, top: number, height: number, words: string][] = [
    ['act', 6, 12, 'acts as leader'],
    ['lease', 12, 4, 'believes that it may'],
    ['pause', 4, 16, 'does not run'],
    ['key', 4, 16, 'the server names it leader'],
    ['fault', 2, 20, 'fault'],
    ['alarm-band', 2, 20, 'two leaders'],
  ];
  let x = 16;
  return items
    .map(([kind, top, height, words]) => {
      const mark = element('rect', { class: kind, x, y: y - 16 + top, width: 22, height });
      const label = text(x + 28, y, words, 'soft');
      x += 48 + words.length * CHARACTER;
      return mark + label;
    })
    .join('');
}

function text(x: number, y: number, words: string, name: string): string {
  return element('text', { x, y, ...(name === '' ? {} : { class: name }) }, escaped(words));
}
