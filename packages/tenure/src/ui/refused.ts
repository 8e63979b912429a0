import type { Answer } from '../page/wire.ts';

/** A request that is answered with this status and these words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly answer: Answer;

  constructor(status: number, message: string, answer: Omit<Answer, 'message'> = {}) {
    super(message);
    this.status = status;
    this.answer = { message, ...answer };
  }
}
