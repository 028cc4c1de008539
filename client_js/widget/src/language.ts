/** The words and times of the widget, in the first language of those wished for that there are words of. */

import { createTimes, englishWords, loadWords, type SharedWords, type Times } from "@intervene/ui";

export class Language {
  words: SharedWords = englishWords();
  times: Times;
  /** Resolves when the words are there, whichever they are. */
  loaded: Promise<void> = Promise.resolve();
  readonly #now: () => number;

  /** `now`: the server's clock, in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
    this.times = createTimes({ locale: this.words.locale, now });
  }

  /** `wished`: the element's own locale, which comes before the page's and the browser's. `failed`: English it is. */
  load(wished: string | null, failed: (problem: unknown) => void): Promise<void> {
    const all = [wished, document.documentElement.lang, ...navigator.languages].filter((each) => !!each) as string[];
    this.loaded = loadWords(all)
      .catch((problem) => {
        failed(problem);
        return englishWords();
      })
      .then((words) => {
        this.words = words;
        this.renew();
      });
    return this.loaded;
  }

  /** Another session has a clock of its own. */
  renew(): void {
    this.times = createTimes({ locale: this.words.locale, now: this.#now });
  }
}
