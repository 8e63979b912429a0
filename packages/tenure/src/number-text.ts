/** A number as a text in JSON has it. */
export interface NumberText {
  /** Its field, segment by segment; items of arrays by their index. */
  readonly path: readonly string[];
  readonly text: string;
  /** Where it begins in the text. */
  readonly offset: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\]:,"]+/gs;

/** What Python's `json` writes and reads for numbers, and JSON does not have. */
export const NO_JSON: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

/** Every number in a text in JSON, and everything of `NO_JSON`. Any other text is taken as it comes. */
export function* numberTexts(json: string): Generator<NumberText> {
  /** One for each object and array that is open: its current field, or the index of its current item. */
  const open: (string | number | undefined)[] = [];
  for (const { 0: token, index: offset } of json.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (token === '{') open.push(undefined);
    else if (token === '[') open.push(0);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') open[open.length - 1] = typeof top === 'number' ? top + 1 : undefined;
    else if (token.startsWith('"')) {
      if (open.length > 0 && top === undefined) open[open.length - 1] = nameOf(token);
    } else if (NO_JSON.has(token) || /^-?\d/.test(token)) {
      yield { path: open.map(String), text: token, offset };
    }
  }
}

/** Whether it is the same number, in the sense of arithmetic, after it was read and written again. */
export function isExact(text: string): boolean {
  return decimal(text) === decimal(String(Number(text)));
}

/** Why a number is refused: `field` names it. */
export function inexactText(field: string, text: string): string {
  return `${field} is ${text}, which cannot be kept: it would become ${Number(text)}`;
}

/** One spelling for each number; what is no decimal number is its own. */
function decimal(text: string): string {
  const parts = /^([-+]?)(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  if (end === 0) return '0';
  const power = Number(exponent) - fraction.length + digits.length - end;
  return `${sign === '-' ? '-' : ''}${digits.slice(0, end)}e${power}`;
}

function nameOf(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    return token;
  }
}
