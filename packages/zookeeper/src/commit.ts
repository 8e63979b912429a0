import type { Commit, Txn } from '@tenure/core';
import type { Call } from './calls.ts';
import { faultOf } from './errors.ts';
import type { Hints } from './hints.ts';
import { ancestorsOf } from './keys.ts';
import { changesOf, holds, Plan, type Seen } from './plan.ts';
import { code, type MultiReply, ZkError, type ZkNode, type ZkOp, type ZkStat } from './rpc.ts';
import { confirm } from './tree.ts';
import type { ZkWire } from './wire.ts';

/** Something else than what was read: another commit came between. */
const RACE: readonly number[] = [
  code.noNode,
  code.badVersion,
  code.nodeExists,
  code.notEmpty,
  code.noChildrenForEphemerals,
];

/**
 * Reads what the keys are, and sends one multi that holds only if they still are. A multi that failed changed nothing and
 * is made again; the guards of the caller are looked at anew each time, in a state that the leader has confirmed, and the
 * first that does not hold ends it. Every way out has an answer of the leader behind it.
 */
export async function commitOn(wire: ZkWire, call: Call, txn: Txn, hints: Hints): Promise<Commit | undefined> {
  const checks = checksOf(txn);
  if (checks !== undefined) return await prove(wire, call, txn, checks);
  const guessed = guess(txn, hints);
  let seen = guessed ?? (await observe(wire, txn, call.signal, hints));
  for (let confirmed = false; ; confirmed = true) {
    if (txn.guards.every((guard) => holds(guard, seen))) {
      const plan = new Plan(txn, seen);
      const reply = await send(wire, call, plan.ops, txn.writes.length > 0);
      if (reply.error === 0 || isRootRefused(plan.ops, reply)) {
        for (const op of plan.ops) if (op.type !== 'check') hints.learn(op.path, op.type !== 'delete');
        return plan.toCommit(reply);
      }
      // To make a directory that is there may be forbidden where nothing of the kind is needed.
      const isWrongGuess = reply.error === code.noAuth && seen === guessed;
      if (!RACE.includes(reply.error) && !isWrongGuess) throw new ZkError(reply.error, true);
      // The failed multi went through the leader: what is read after it is no older.
      seen = await observe(wire, txn, call.signal, hints);
    } else if (confirmed) {
      return undefined;
    } else {
      [, seen] = await Promise.all([confirm(wire, call.signal), observe(wire, txn, call.signal, hints)]);
    }
  }
}

/**
 * What needs no reading because the multi proves all of it: keys that are put are taken to be absent, and directories too
 * unless they were seen. Not for keys that were seen, nor with a guard on a version.
 */
function guess({ guards, writes }: Txn, hints: Hints): Seen | undefined {
  const keys = [...guards, ...writes].map(({ key }) => key);
  if (guards.some(({ version }) => version !== null) || writes.some(({ type }) => type === 'delete')) return undefined;
  if (!guards.every(({ key }) => writes.some((write) => write.key === key)) || keys.some((key) => hints.has(key))) {
    return undefined;
  }
  const above = keys.flatMap(ancestorsOf).filter((path) => hints.has(path));
  return { nodes: new Map(), above: new Map(above.map((path) => [path, DIRECTORY])) };
}

const DIRECTORY: ZkStat = { czxid: 0n, mzxid: 0n, pzxid: 0n, version: 0, owner: undefined, children: 0 };

/**
 * Guards on versions alone take one round trip: the multi checks the counts of changes, and the reads that follow it on the
 * same connection show whether the znodes are still the very same ones, so that they were when it checked.
 */
async function prove(wire: ZkWire, call: Call, txn: Txn, checks: readonly ZkOp[]): Promise<Commit | undefined> {
  const [reply, nodes] = await Promise.all([send(wire, call, checks, false), readKeys(wire, txn, call.signal)]);
  if (RACE.includes(reply.error)) return undefined;
  if (reply.error !== 0 && !isRootRefused(checks, reply)) throw new ZkError(reply.error, true);
  return txn.guards.every((guard) => holds(guard, { nodes })) ? { versions: new Map() } : undefined;
}

function checksOf({ guards, writes }: Txn): readonly ZkOp[] | undefined {
  if (writes.length > 0) return undefined;
  const checks: ZkOp[] = [];
  for (const { key, version } of guards) {
    const changes = version === null ? undefined : changesOf(version);
    if (changes === undefined) return undefined;
    checks.push({ type: 'check', path: key, version: changes });
  }
  return checks.length > 0 ? checks : [{ type: 'check', path: '/', version: -1 }];
}

/** The check of the root that stands for no check at all needs no permission: the leader's refusal proves as much. */
function isRootRefused(ops: readonly ZkOp[], { error }: MultiReply): boolean {
  return error === code.noAuth && ops.length === 1 && ops[0]?.path === '/';
}

async function send(wire: ZkWire, call: Call, ops: readonly ZkOp[], writes: boolean): Promise<MultiReply> {
  call.writing = writes;
  try {
    const reply = await wire.multi(ops, writes, call.signal);
    call.writing = false;
    return reply;
  } catch (error) {
    if (error instanceof ZkError && (!error.sent || faultOf(error).outcome === 'refused')) call.writing = false;
    throw error;
  }
}

async function observe(wire: ZkWire, txn: Txn, signal: AbortSignal, hints: Hints): Promise<Seen> {
  const nodes = await readKeys(wire, txn, signal);
  const missing = [...nodes].filter(([, node]) => node === undefined).map(([key]) => key);
  const parents = [...new Set(missing.flatMap(ancestorsOf))];
  const above = await Promise.all(
    parents.map(
      async (path): Promise<[string, ZkStat | undefined]> => [path, (await wire.exists(path, false, signal)).value],
    ),
  );
  for (const [path, node] of [...nodes, ...above]) hints.learn(path, node !== undefined);
  return { nodes, above: new Map(above) };
}

async function readKeys(wire: ZkWire, txn: Txn, signal: AbortSignal): Promise<Map<string, ZkNode | undefined>> {
  const keys = new Set([...txn.guards, ...txn.writes].map(({ key }) => key));
  const read = [...keys].map(
    async (key): Promise<[string, ZkNode | undefined]> => [key, (await wire.data(key, false, signal)).value],
  );
  return new Map(await Promise.all(read));
}
