// The beginning of a CSV table, for the page to show: the trainer reads all of it, by bitgrad's own parser.

export interface Head {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether there are more rows than these. */
  readonly more: boolean;
}

/** The first rows of a table whose first line names its columns; fields may be quoted. */
export function headOf(text: string, most: number, isWhole = true): Head {
  const rows: string[][] = [];
  const separator = separatorOf(text);
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  const end = () => {
    row.push(field);
    field = "";
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  let k = text.startsWith("\ufeff") ? 1 : 0;
  for (; k < text.length && rows.length <= most; k++) {
    const letter = text[k]!;
    if (isQuoted) {
      if (letter !== '"') field += letter;
      else if (text[k + 1] === '"') field += text[k++];
      else isQuoted = false;
    } else if (letter === '"' && field === "") isQuoted = true;
    else if (letter === separator) {
      row.push(field);
      field = "";
    } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[k + 1] === "\n") k++;
      end();
    } else field += letter;
  }
  const isCut = k < text.length || !isWhole;
  if (!isCut && (field !== "" || row.length > 0)) end(); // a cut row is not shown
  const [columns = [], ...others] = rows;
  return { columns, rows: others.slice(0, most), more: isCut };
}

function separatorOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  return [",", ";", "\t"].reduce((best, each) => (line.split(each).length > line.split(best).length ? each : best));
}

/** A table as CSV again. */
export function csvOf({ columns, rows }: Pick<Head, "columns" | "rows">): string {
  const quote = (field: string) =>
    /[",\r\n]/.test(field) || field === "" ? `"${field.replaceAll('"', '""')}"` : field;
  return `${[columns, ...rows].map((row) => row.map(quote).join(",")).join("\n")}\n`;
}

/** What a column holds: few different values are classes, many numbers are numbers. */
export function taskOfColumn({ columns, rows }: Head, target: string): "classes" | "numbers" {
  const index = columns.indexOf(target);
  const values = rows.map((row) => row[index]?.trim() ?? "").filter((value) => value !== "");
  const isNumeric = values.every((value) => Number.isFinite(Number(value)));
  return isNumeric && new Set(values).size > 10 ? "numbers" : "classes";
}
