import type { Answer } from './wire.ts';

/** What a request came to. `status` is 0 when the server could not be reached. */
export interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly answer: Answer;
}

/** Asks the server of the page for a change. Never throws. */
export async function ask(path: string, body: unknown): Promise<Reply> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, answer: (await response.json()) as Answer };
  } catch {
    const message = 'The server of this page did not answer. If it was asked to write, look before you ask again.';
    return { ok: false, status: 0, answer: { message } };
  }
}
