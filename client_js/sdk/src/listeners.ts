/** Who is called when something happens. One that throws harms no other, and does not stop what called it. */

type Events<E> = { readonly [K in keyof E]: (...facts: never[]) => void };

export class Listeners<E extends Events<E>> {
  readonly #all = new Map<keyof E, Set<E[keyof E]>>();

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof E>(event: K, listener: E[K]): () => void {
    const listeners = this.#all.get(event) ?? new Set();
    this.#all.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  tell<K extends keyof E>(event: K, ...facts: Parameters<E[K]>): void {
    for (const listener of [...(this.#all.get(event) ?? [])]) {
      try {
        listener(...facts);
      } catch (problem) {
        queueMicrotask(() => {
          throw problem; // where the program's own mistakes go
        });
      }
    }
  }
}
