import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;

/** Bytes as text. @throws SyntaxError naming `source` and the first line that is not UTF-8 */
export function utf8Text(bytes: Buffer, source: string): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let line = 0;
  let end = -1;
  let isLineUtf8 = true;
  while (isLineUtf8) {
    const start = end + 1;
    end = bytes.indexOf(NEWLINE, start);
    isLineUtf8 = isUtf8(bytes.subarray(start, end === -1 ? bytes.length : end));
    line++;
  }
  throw new SyntaxError(`${source}, line ${line}: it is not UTF-8`);
}
