/** What a panel remembers while its page is open, over a reload; nothing where storage is refused. */

export class Memory {
  private readonly key: string;
  private readonly values: Record<string, unknown>;

  constructor(panel: string) {
    this.key = `threadbook.${panel}`;
    this.values = readAll(this.key);
  }

  get<Value>(name: string, otherwise: Value): Value {
    return name in this.values ? (this.values[name] as Value) : otherwise;
  }

  set(name: string, value: unknown): void {
    // Removed first: what was set last stands last, and goes last when there is too much.
    delete this.values[name];
    this.values[name] = value;
    const names = Object.keys(this.values);
    names.slice(0, Math.max(0, names.length - 40)).forEach((old) => delete this.values[old]);
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.values));
    } catch {
      // Private windows and sandboxed frames have no storage: then it is forgotten on reload.
    }
  }
}

function readAll(key: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    return typeof found === 'object' && found !== null ? { ...found } : {};
  } catch {
    return {};
  }
}
