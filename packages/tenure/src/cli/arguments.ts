import { InvalidArgumentError, Option } from 'commander';

/** More than a day is taken for milliseconds. */
const MOST_SECONDS = 86_400;

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= MOST_SECONDS)) {
    throw new InvalidArgumentError(`it must be a number of seconds from 0 to ${MOST_SECONDS}.`);
  }
  return value;
}

/** `--group` of every command that is for one cluster. */
export function groupOption(): Option {
  return new Option('--group <number>', 'one group of a Citus cluster; 0 is the coordinator').argParser(groupNumber);
}

/** As the keys have it: without leading zeros. */
function groupNumber(text: string): number {
  if (/^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('it must be a whole number from 0.');
}
