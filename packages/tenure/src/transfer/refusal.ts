/** Why keys may not be copied. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
