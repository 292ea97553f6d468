import { inspect } from 'node:util';

const STARS = '********';

/**
 * A secret in transit. However it is printed (template string, JSON, console, logger, error) it shows stars; only
 * `reveal()` gives the text, so a search for that word finds every place that handles a secret.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return STARS;
  }

  toJSON(): string {
    return STARS;
  }

  [inspect.custom](): string {
    return STARS;
  }
}
