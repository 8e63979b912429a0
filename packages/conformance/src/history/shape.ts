import type { HistoryEvent } from './event.ts';

type Field = (value: unknown) => boolean;

const text: Field = (value) => typeof value === 'string';
const number: Field = (value) => typeof value === 'number' && Number.isFinite(value);
const flag: Field = (value) => typeof value === 'boolean';
const value: Field = (value) => value === null || text(value);
const oneOf =
  (...words: readonly string[]): Field =>
  (value) =>
    words.includes(value as string);
const maybe =
  (field: Field): Field =>
  (value) =>
    value === undefined || field(value);
const record =
  (field: Field): Field =>
  (value) =>
    typeof value === 'object' && value !== null && Object.values(value).every(field);

const leader: Field = (value) =>
  record(() => true)(value) && text((value as Keyed).name) && maybe(number)((value as Keyed).token);

/** What each type of event must hold besides its time; what is not named here is optional text. */
const shapes: Readonly<Record<HistoryEvent['type'], Readonly<Record<string, Field>>>> = {
  run: {
    ...{ store: text, client: text, seed: text },
    ...{ ttl: number, staleAfter: number, leaderWithin: number, grace: number },
  },
  call: {
    ...{ client: text, id: number, document: text, operation: oneOf('read', 'write') },
    ...{ value: maybe(text), after: maybe(value), token: maybe(number) },
  },
  return: { id: number, outcome: oneOf('ok', 'refused', 'failed', 'unknown'), value: maybe(value) },
  term: {
    ...{ client: text, token: number, until: maybe(number) },
    event: oneOf('acquired', 'renewed', 'lost', 'released'),
  },
  act: { client: text, token: number, from: number, to: number, count: number, paused: number },
  view: { client: text, watch: text, stale: flag, documents: record(value), leader: maybe(leader) },
  state: { key: text, value, by: maybe(oneOf('client', 'expiry', 'administrator')) },
  fault: { id: number, phase: oneOf('begin', 'end'), fault: text },
  pause: { client: text, from: number },
  uncaught: { client: text, message: text },
};

interface Keyed {
  readonly [key: string]: unknown;
}

/** Why this is no event; `undefined` when it is one. */
export function faultOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null) return 'not an event';
  const keyed = event as Keyed;
  const shape = Object.hasOwn(shapes, String(keyed.type)) ? shapes[keyed.type as HistoryEvent['type']] : undefined;
  if (shape === undefined) return `no event has the type ${JSON.stringify(keyed.type)}`;
  if (!number(keyed.at)) return 'the event has no time';
  const wrong = Object.entries(shape).find(([key, field]) => !field(keyed[key]));
  if (wrong !== undefined) return `${String(keyed.type)}: ${wrong[0]} is ${JSON.stringify(keyed[wrong[0]])}`;
  if (keyed.type === 'call' && (keyed.operation === 'write') !== (keyed.value !== undefined))
    return 'call: a write has a value, a read has none';
  return undefined;
}
