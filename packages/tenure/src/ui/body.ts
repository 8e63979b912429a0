import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ConfigRequest, FlushRequest, PauseRequest, SwitchoverRequest } from '../page/wire.ts';
import { utf8Text } from '../utf8.ts';
import { Refused } from './refused.ts';

/** Bytes: more than any store takes for one value. */
const MOST = 4 * 1024 * 1024;

const target = { scope: z.string(), group: z.int().min(0).nullable() };
const version = z.string().nullable();
const seen = z.strictObject({ version, text: z.string() });

export const pauseBody: z.ZodType<PauseRequest> = z.strictObject({ ...target, paused: z.boolean(), seen });
export const configBody: z.ZodType<ConfigRequest> = z.strictObject({
  ...target,
  text: z.string(),
  seen,
  dryRun: z.boolean(),
});
export const switchoverBody: z.ZodType<SwitchoverRequest> = z.strictObject({
  ...target,
  leader: z.string(),
  candidate: z.string().nullable(),
  scheduled: z.string().nullable(),
  failoverVersion: version,
});
export const flushBody: z.ZodType<FlushRequest> = z.strictObject({ ...target, failoverVersion: version });
export const signInBody: z.ZodType<{ readonly token: string }> = z.strictObject({ token: z.string() });

/**
 * What a request carries. Only JSON by name: a form of a foreign page can send anything else unasked.
 * @throws Refused 415, 413, 400
 */
export async function bodyOf<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const [type] = (request.headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/json') throw new Refused(415, 'write it as application/json');
  const parsed = schema.safeParse(parseJson(await read(request)));
  if (parsed.success) return parsed.data;
  throw new Refused(400, z.prettifyError(parsed.error));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST) throw new Refused(413, `it must be at most ${MOST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8Text(bytes, 'it'));
  } catch {
    throw new Refused(400, 'it is not JSON');
  }
}
