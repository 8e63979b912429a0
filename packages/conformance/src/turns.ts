/** Lets many run at once, or one alone. Whoever asks to be alone goes before those who ask later. */
export class Turns {
  #running = 0;
  #alone: Promise<void> = Promise.resolve();
  #idle: (() => void) | undefined;

  async together(run: () => Promise<void>): Promise<void> {
    for (let gate: Promise<void> | undefined; gate !== this.#alone; ) {
      gate = this.#alone;
      await gate;
    }
    this.#running++;
    try {
      await run();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle?.();
    }
  }

  async alone(run: () => Promise<void>): Promise<void> {
    const before = this.#alone;
    const done = Promise.withResolvers<void>();
    this.#alone = done.promise;
    await before;
    try {
      if (this.#running > 0) {
        await new Promise<void>((resolve) => {
          this.#idle = resolve;
        });
        this.#idle = undefined;
      }
      await run();
    } finally {
      done.resolve();
    }
  }
}
