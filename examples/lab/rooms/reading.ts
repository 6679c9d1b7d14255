// A run that comes from a link or from storage is read field by field: whatever else it is, it is none.

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(what: string, value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`its ${what} is missing`);
  return value as Fields;
}

export function textOf(what: string, value: unknown, most = 200): string {
  if (typeof value !== "string" || value.length > most)
    throw new Error(`its ${what} is no text of up to ${most} letters`);
  return value;
}

export function digestOf(what: string, value: unknown): string {
  const text = textOf(what, value, 64);
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`its ${what} is no digest`);
  return text;
}

export function dateOf(value: unknown): string {
  const text = textOf("date", value, 30);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) || Number.isNaN(Date.parse(text))) throw new Error("its date is none");
  return text;
}

export function numberOf(what: string, value: unknown, least = 0, most = 1e15): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new Error(`its ${what} is no number from ${least} to ${most}`);
  }
  return value;
}

export function countOf(what: string, value: unknown, most: number): number {
  const count = numberOf(what, value, 0, most);
  if (!Number.isInteger(count)) throw new Error(`its ${what} is no whole number`);
  return count;
}

export function flagOf(what: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error(`its ${what} is neither true nor false`);
  return value;
}

export function choiceOf<T extends string>(what: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`its ${what} is none of ${choices.join(", ")}`);
  return found;
}

export function listOf<T>(what: string, value: unknown, most: number, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) throw new Error(`its ${what} is no list of up to ${most}`);
  return value.map(read);
}
