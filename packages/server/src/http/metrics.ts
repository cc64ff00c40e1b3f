/**
 * Counters and gauges in the Prometheus text format, version 0.0.4. Label values come from fixed lists in the code,
 * never from a request, so that neither secrets nor endless series can get in.
 */
export type Counter = { add(labels?: Readonly<Record<string, string>>, by?: number): void };

export type Metrics = {
  counter(name: string, help: string): Counter;
  /** `read` is called when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  render(): string;
};

type Series = { kind: 'counter' | 'gauge'; help: string; values: () => Iterable<readonly [string, number]> };

export function createMetrics(): Metrics {
  const families = new Map<string, Series>();
  const declare = (name: string, series: Series): void => {
    if (families.has(name)) throw new TypeError(`metric ${name} is declared twice`);
    families.set(name, series);
  };
  return {
    counter(name, help) {
      const values = new Map<string, number>();
      declare(name, { kind: 'counter', help, values: () => values });
      return {
        add(labels = {}, by = 1) {
          const key = labelText(labels);
          values.set(key, (values.get(key) ?? 0) + by);
        },
      };
    },
    gauge(name, help, read) {
      declare(name, { kind: 'gauge', help, values: () => [['', read()]] });
    },
    render: () => [...families].map(([name, series]) => renderFamily(name, series)).join(''),
  };
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '\\$&')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function renderFamily(name: string, { kind, help, values }: Series): string {
  const lines = [...values()].map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}
