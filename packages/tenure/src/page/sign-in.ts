import { byId } from './dom.ts';
import { ask } from './request.ts';

const form = byId('sign-in', HTMLFormElement);
const token = byId('token', HTMLInputElement);
const problem = byId('problem', HTMLElement);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn();
});

async function signIn(): Promise<void> {
  const { ok, answer } = await ask('/sign-in', { token: token.value.trim() });
  if (ok) {
    location.assign('/');
    return;
  }
  problem.textContent = answer.message;
  token.setAttribute('aria-invalid', 'true');
  token.select();
}
