/** As Python's `isoformat` writes a UTC time: `+00:00` and six digits of the second, or none when they are zero. */
export function toIso(date: Date): string {
  return date
    .toISOString()
    .replace('.000Z', '+00:00')
    .replace(/\.(\d{3})Z$/, '.$1000+00:00');
}
