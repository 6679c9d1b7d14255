// A value in an address' fragment: "1." and its JSON, compressed, in base64url. The browser's own compression does it.

const FORM = "1.";
const MAX_CHARACTERS = 16_384;
const MAX_BYTES = 65_536;

export async function pack(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const packed = await allOf(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw")), MAX_BYTES);
  return FORM + btoa(String.fromCharCode(...packed)).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "");
}

/** What is wrong with a text is told as the end of a sentence about it. */
export async function unpack(text: string): Promise<unknown> {
  if (/^\d+\./.test(text) && !text.startsWith(FORM)) throw new Error("it is of a newer version of this page");
  if (!text.startsWith(FORM) || !/^[\w-]*$/.test(text.slice(FORM.length))) throw new Error("it holds no run");
  if (text.length > MAX_CHARACTERS) throw new Error(`it is longer than ${MAX_CHARACTERS} characters`);
  let json: string;
  try {
    const binary = atob(text.slice(FORM.length).replace(/[-_]/g, (c) => (c === "-" ? "+" : "/")));
    const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    json = new TextDecoder("utf-8", { fatal: true }).decode(await allOf(stream, MAX_BYTES));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error("it is damaged, or was cut short");
  }
  try {
    return JSON.parse(json);
  } catch {
    throw new Error("it is damaged, or was cut short");
  }
}

/** All of a stream, unless it has more than it may. */
async function allOf(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      void reader.cancel();
      throw new RangeError(`it holds more than ${limit} bytes`);
    }
    parts.push(value);
  }
  const all = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
