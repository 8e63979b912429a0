import { jute } from './library.ts';

/** jute.maxbuffer is 1 MiB by default; a list of children may be longer. */
const LONGEST_FRAME = 16 * 1024 * 1024;
/** Length, xid, zxid and error code. */
export const HEADER_BYTES = 20;
const STAT_BYTES = 68;

/** Cuts what comes on one connection into packets. Throws when the bytes are no packets. */
export function framed(take: (frame: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length >= 4) {
      const size = rest.readInt32BE(0);
      if (size < HEADER_BYTES - 4 || size > LONGEST_FRAME) throw new Error(`a packet of ${size} bytes`);
      if (rest.length < size + 4) return;
      const frame = rest.subarray(0, size + 4);
      rest = rest.subarray(size + 4);
      take(frame);
    }
  };
}

/** The byte string whose length stands at `offset` fits: the library would set memory aside for any length. */
export function assertBytes(frame: Buffer, offset: number): void {
  const length = frame.readInt32BE(offset);
  if (length < -1 || offset + 4 + length > frame.length) throw new Error(`a string of ${length} bytes`);
}

/**
 * The reply to a request of this type has the shape that the library reads without looking: a negative length would send
 * it backwards, for ever. Throws when it has not.
 */
export function assertReply(type: number, frame: Buffer): void {
  const { EXISTS, GET_DATA, GET_CHILDREN2, MULTI } = jute.OP_CODES;
  if (type === EXISTS) assertEnd(frame, HEADER_BYTES + STAT_BYTES);
  else if (type === GET_DATA) {
    assertBytes(frame, HEADER_BYTES);
    assertEnd(frame, HEADER_BYTES + 4 + Math.max(0, frame.readInt32BE(HEADER_BYTES)) + STAT_BYTES);
  } else if (type === GET_CHILDREN2) {
    let at = HEADER_BYTES + 4;
    for (let left = frame.readInt32BE(HEADER_BYTES); left > 0; left--) at = afterString(frame, at);
    assertEnd(frame, at + STAT_BYTES);
  } else if (type === MULTI) assertMulti(frame);
}

/** Each result begins with its type, whether it is the end, and an error. */
function assertMulti(frame: Buffer): void {
  const { CREATE, SET_DATA, DELETE, CHECK, ERROR } = jute.OP_CODES;
  for (let at = HEADER_BYTES; ; ) {
    const type = frame.readInt32BE(at);
    const isEnd = frame.readUInt8(at + 4) === 1;
    at += 9;
    assertEnd(frame, at);
    if (isEnd) return;
    if (type === CREATE) at = afterString(frame, at);
    else if (type === SET_DATA) at += STAT_BYTES;
    else if (type === ERROR) at += 4;
    else if (type !== DELETE && type !== CHECK) throw new Error(`a result of kind ${type}`);
  }
}

function afterString(frame: Buffer, offset: number): number {
  const length = frame.readInt32BE(offset);
  if (length < 0) throw new Error(`a string of ${length} bytes`);
  assertEnd(frame, offset + 4 + length);
  return offset + 4 + length;
}

function assertEnd(frame: Buffer, end: number): void {
  if (end > frame.length) throw new Error(`a packet of ${frame.length} bytes that says ${end}`);
}
