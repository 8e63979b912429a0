import { randomUUID } from 'node:crypto';
import type { Call } from './calls.ts';
import { ancestorsOf, childOf, parentOf } from './keys.ts';
import { code, ZkError, type ZkOp } from './rpc.ts';
import type { ZkWire } from './wire.ts';

/**
 * Has the server look at the permissions that a write of `key` wants, in a multi that it must refuse for its last op. The ops
 * of a multi are looked at in order, each with its permission, and none takes effect when one fails: nothing is written, and
 * no watch fires. What is there for good must be WRITE. For anything else something beside it is made and deleted, since both
 * are permissions of the znode above; whoever makes the key decides about the rest.
 * @throws ZkError
 */
export async function tryWriteOn(wire: ZkWire, { signal }: Call, key: string): Promise<void> {
  const beside = childOf(parentOf(key), `tenure-${randomUUID()}`);
  const { value: node } = await wire.data(key, false, signal);
  const ops: ZkOp[] = [];
  if (node !== undefined && node.stat.owner === undefined) {
    ops.push({ type: 'set', path: key, data: node.data, version: -1 });
  } else {
    const above = await Promise.all(
      ancestorsOf(key).map(async (path) => ({ path, stat: (await wire.exists(path, false, signal)).value })),
    );
    for (const { path, stat } of above) {
      if (stat === undefined) ops.push({ type: 'create', path, data: undefined, ephemeral: false });
    }
    ops.push({ type: 'create', path: beside, data: undefined, ephemeral: false });
    ops.push({ type: 'delete', path: beside, version: -1 });
  }
  ops.push({ type: 'check', path: beside, version: -1 });
  const { error } = await wire.multi(ops, false, signal);
  if (error !== code.noNode) throw new ZkError(error, true);
}
