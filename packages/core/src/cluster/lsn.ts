/** A position as PostgreSQL writes it: `0/5FFFED8`, the upper and the lower four bytes in hexadecimal. */
export function formatLsn(position: number): string {
  const upper = Math.floor(position / 2 ** 32);
  return `${upper.toString(16)}/${(position % 2 ** 32).toString(16)}`.toUpperCase();
}
