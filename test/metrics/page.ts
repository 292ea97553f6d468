/** Reads the text format of Prometheus, as far as wharfpass writes it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

/** @throws Error for a line that is neither a comment nor a sample */
export function samplesOf(page: string): Sample[] {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '') throw new Error(`no sample: ${line}`);
    const pairs = Array.from(labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, key, text]) => [
      key,
      text,
    ]);
    return { name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) };
  });
}

/** The value of the one series with exactly these labels; undefined where there is none. */
export function valueOf(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const same = (other: Sample['labels']): boolean =>
    Object.keys(other).length === Object.keys(labels).length &&
    Object.entries(labels).every(([key, text]) => other[key] === text);
  return samplesOf(page).find((sample) => sample.name === name && same(sample.labels))?.value;
}

/** `name{labels}` of every series. */
export const seriesOf = (page: string): string[] =>
  samplesOf(page).map(({ name, labels }) => name + JSON.stringify(labels));

/** The names of all metrics, those without a sample as well. */
export const namesOf = (page: string): string[] =>
  Array.from(page.matchAll(/^# TYPE (\S+) /gm), ([, name = '']) => name);
