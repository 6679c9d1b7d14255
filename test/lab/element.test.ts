// The parts of <bitgrad-lab> that need no page: colors, contours, the network's layout, digits drawn by hand, tables.

import { describe, expect, it } from "vitest";
import { OPTIMIZERS } from "../../bindings/catalog/optimizers.ts";
import { SCHEDULES } from "../../examples/lab/choices.ts";
import { balancedRange, mix, paint, parseColor, scaleOf } from "../../examples/lab/element/colors.ts";
import { contour } from "../../examples/lab/element/contour.ts";
import { csvOf, headOf, taskOfColumn } from "../../examples/lab/element/csv-head.ts";
import { digits, whole } from "../../examples/lab/element/dom.ts";
import { layOut } from "../../examples/lab/element/layout.ts";
import { emptySeries, extend, newest, thin } from "../../examples/lab/element/run.ts";
import { OPTIMIZER_DEFAULTS, SCHEDULE_DEFAULTS } from "../../examples/lab/element/settings.ts";
import { sampleDigit } from "../../examples/lab/element/strokes.ts";
import { svgOf } from "../../examples/lab/element/svg.ts";

const ENDS = { negative: [200, 100, 0], middle: [240, 240, 240], positive: [0, 100, 200] } as const;

describe("colors", () => {
  it("are the paper at 0, go to both ends alike, and stay there", () => {
    expect(mix(0, ENDS)).toEqual([240, 240, 240]);
    expect(mix(-1, ENDS)).toEqual([210, 135, 60]); // 240 + (200 − 240) · 0.75, …
    expect(mix(1, ENDS)).toEqual([60, 135, 210]);
    expect(mix(7, ENDS)).toEqual(mix(1, ENDS));
  });

  it("of a range fill pixels; what is no number is transparent", () => {
    const scale = scaleOf(ENDS);
    const pixels = new Uint32Array(5);
    paint(pixels, [0, 1, 0.5, 9, Number.NaN], [0, 1], scale);
    expect([...pixels]).toEqual([scale[0], scale[255], scale[128], scale[255], 0]);
    expect(scale[0]! >>> 24).toBe(255);
    expect([scale[0]! & 255, (scale[0]! >> 8) & 255, (scale[0]! >> 16) & 255]).toEqual([210, 135, 60]);
    paint(pixels, [0.4, 0.6, 0, 1, 0], [0, 1], scale, { sharp: true });
    expect([...pixels]).toEqual([scale[0], scale[255], scale[0], scale[255], scale[0]]);
  });

  it("take every second number of interleaved outputs", () => {
    const scale = scaleOf(ENDS);
    const pixels = new Uint32Array(2);
    paint(pixels, [0, 1, 1, 0], [0, 1], scale, { offset: 1, stride: 2 });
    expect([...pixels]).toEqual([scale[255], scale[0]]);
  });

  it("have ranges around 0", () => {
    expect(balancedRange([1, -3, 2])).toEqual([-3, 3]);
    expect(balancedRange([0, 0])).toEqual([-1, 1]);
    expect(balancedRange([9, 1, Number.POSITIVE_INFINITY, 2], 1, 3)).toEqual([-2, 2]);
  });

  it("are read as the browser writes them", () => {
    expect(parseColor("rgb(1, 22, 255)")).toEqual([1, 22, 255]);
    expect(parseColor("rgba(1, 2, 3, 0.5)")).toEqual([1, 2, 3]);
  });
});

describe("a contour", () => {
  it("of a plane is a straight line where it is crossed", () => {
    const pieces = contour([0, 1, 2, 0, 1, 2, 0, 1, 2], 3, 0.5);
    expect(pieces).toEqual([0.5, 0, 0.5, 1, 0.5, 1, 0.5, 2]);
  });

  it("goes around a peak", () => {
    const pieces = contour([0, 0, 0, 0, 4, 0, 0, 0, 0], 3, 2);
    expect(pieces).toHaveLength(16);
    for (let k = 0; k < 16; k += 2) expect(Math.hypot(pieces[k]! - 1, pieces[k + 1]! - 1)).toBe(0.5);
  });

  it("joins a saddle's corners as its middle says", () => {
    const ends = (data: number[]) => {
      const pieces = contour(data, 2, 0);
      return [pieces.slice(0, 4).join(" "), pieces.slice(4).join(" ")];
    };
    expect(ends([-1, 3, 3, -1])).toEqual(["0 0.25 0.25 0", "1 0.75 0.75 1"]); // high middle: the low corners are alone
    expect(ends([-3, 1, 1, -3])).toEqual(["0.75 0 1 0.25", "0.25 1 0 0.75"]); // low middle: the high corners are
  });

  it("is nowhere if all is on one side", () => {
    expect(contour([1, 2, 3, 4], 2, 0)).toEqual([]);
  });
});

describe("the network's layout", () => {
  it("fills the room, and centers nothing outside it", () => {
    const { width, columns, node } = layOut([{ units: 2 }, { units: 4 }, { units: 1 }], 400);
    expect(width).toBe(400);
    expect(columns[0]!.x).toBe(0);
    expect(columns[2]!.x + columns[2]!.width).toBeCloseTo(400, 9);
    expect(columns.map(({ nodes }) => nodes.length)).toEqual([2, 4, 1]);
    expect(node).toBeGreaterThanOrEqual(26);
  });

  it("shows ten units of a thousand, and says how many it doesn't", () => {
    const { columns, height } = layOut([{ units: 2 }, { units: 1000 }, { units: 1 }], 400);
    expect(columns[1]!.nodes).toHaveLength(10);
    expect(columns[1]!.rest).toBe(990);
    expect(height).toBeLessThan(450);
  });

  it("is wider than the room where links would have none", () => {
    const { width, columns } = layOut(
      Array.from({ length: 18 }, () => ({ units: 3 })),
      320,
    );
    expect(width).toBeGreaterThan(320);
    for (let c = 1; c < 18; c++)
      expect(columns[c]!.x - columns[c - 1]!.x - columns[c - 1]!.width).toBeGreaterThanOrEqual(34);
  });

  it("has a narrow bar for a layer without weights", () => {
    const { columns } = layOut([{ units: 2 }, { units: 2, narrow: true }, { units: 1 }], 400);
    expect(columns[1]!.nodes).toEqual([]);
    expect(columns[1]!.width).toBeLessThan(columns[0]!.width);
    expect(columns[1]!.rest).toBe(0);
  });
});

describe("a digit drawn by hand", () => {
  it("is nothing before there is a stroke", () => {
    expect(sampleDigit([], 20)).toBeUndefined();
    expect(sampleDigit([[]], 20)).toBeUndefined();
  });

  it("is as tall as the field, wherever and however large it was drawn", () => {
    const small = sampleDigit([[30, 30, 30, 60]], 4)!;
    const large = sampleDigit([[100, 10, 100, 220]], 28)!;
    expect([...small]).toEqual([...large]);
    for (let row = 0; row < 8; row++) {
      const inked = [...large.subarray(row * 8, row * 8 + 8)];
      expect(inked[3]! + inked[4]!, `row ${row}`).toBeGreaterThan(8); // an upright stroke in the middle
      expect(inked[0]! + inked[1]! + inked[6]! + inked[7]!, `row ${row}`).toBe(0);
    }
  });

  it("counts at most 16 points a cell, and is symmetric for a symmetric drawing", () => {
    const cells = sampleDigit([[60, 40, 180, 40, 180, 200, 60, 200, 60, 40]], 20)!;
    expect(cells).toHaveLength(64);
    expect(Math.max(...cells)).toBeLessThanOrEqual(16);
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 8; column++) {
        expect(cells[row * 8 + column]).toBe(cells[row * 8 + 7 - column]);
        expect(cells[row * 8 + column]).toBe(cells[(7 - row) * 8 + column]);
      }
    }
  });
});

describe("the head of a table", () => {
  it("has fields in quotes, with separators, quotes and lines in them", () => {
    const { columns, rows, more } = headOf('a,"b ""c"""\r\n1,"x,\ny"\r\n\r\n2,z', 10);
    expect(columns).toEqual(["a", 'b "c"']);
    expect(rows).toEqual([
      ["1", "x,\ny"],
      ["2", "z"],
    ]);
    expect(more).toBe(false);
  });

  it("finds the separator, and stops after so many rows", () => {
    const { columns, rows, more } = headOf("\ufeffa;b\n1,5;2\n3;4\n5;6\n", 2);
    expect(columns).toEqual(["a", "b"]);
    expect(rows).toEqual([
      ["1,5", "2"],
      ["3", "4"],
    ]);
    expect(more).toBe(true);
  });

  it("leaves out a row that was cut", () => {
    expect(headOf("a,b\n1,2\n3", 10, false).rows).toEqual([["1", "2"]]);
  });

  it("comes back as CSV that reads the same", () => {
    const head = headOf('a,"b,"\n"x ""y""",\n', 10);
    expect(headOf(csvOf(head), 10)).toEqual(head);
  });

  it("takes few values for classes, many numbers for numbers", () => {
    const numbers = headOf(`a,b\n${Array.from({ length: 20 }, (_, k) => `${k % 3},${k / 2}`).join("\n")}`, 100);
    expect(taskOfColumn(numbers, "a")).toBe("classes");
    expect(taskOfColumn(numbers, "b")).toBe("numbers");
    expect(taskOfColumn(headOf("a,b\n1,x\n2,y", 9), "b")).toBe("classes");
  });
});

describe("the history of a training", () => {
  const frame = (epochs: number[], loss: number[]) => {
    const nothing = Float64Array.from(epochs, () => Number.NaN);
    return {
      epochs: Float64Array.from(epochs),
      loss: Float64Array.from(loss),
      validationLoss: nothing,
      metric: nothing,
      validationMetric: nothing,
    };
  };

  it("grows, and an epoch that comes again brings what was missing", () => {
    const series = emptySeries();
    extend(series, frame([0, 1], [1, Number.NaN]));
    extend(series, frame([1, 2], [0.5, 0.25]));
    extend(series, frame([2], [Number.NaN]));
    expect(series.epochs).toEqual([0, 1, 2]);
    expect(series.loss).toEqual([1, 0.5, 0.25]);
    expect(newest(series.loss)).toBe(0.25);
    expect(newest(series.metric)).toBeNaN();
  });

  it("keeps its end when it is thinned", () => {
    const long = Array.from({ length: 1001 }, (_, k) => k);
    const short = thin(long, 100);
    expect(short.length).toBeLessThanOrEqual(100);
    expect(short.at(-1)).toBe(1000);
    expect(thin([1, 2], 100)).toEqual([1, 2]);
  });
});

describe("numbers in words", () => {
  it("have a true minus, and about four digits", () => {
    expect(digits(0.12345)).toBe("0.1235");
    expect(digits(-12.345)).toBe("−12.35");
    expect(digits(1.5e-7)).toBe("1.50e−7");
    expect(digits(0)).toBe("0.0000");
    expect(digits(Number.NaN)).toBe("–");
    expect(whole(1234567)).toBe("1,234,567");
  });
});

describe("the settings", () => {
  it("show each optimizer with the library's own defaults", () => {
    const defaults = Object.fromEntries(Object.entries(OPTIMIZERS).map(([name, { numbers }]) => [name, numbers]));
    expect(OPTIMIZER_DEFAULTS).toEqual(defaults);
  });

  it("have a field for every number of a schedule", () => {
    const { none, ...own } = SCHEDULE_DEFAULTS;
    expect(none).toEqual({});
    for (const [name, { numbers }] of Object.entries(SCHEDULES)) {
      expect(Object.keys(own[name as keyof typeof own]).sort(), name).toEqual(Object.keys(numbers).sort());
    }
  });
});

describe("a picture as SVG", () => {
  const theme = { ...ENDS, paper: "white", ink: "black", faint: "gray", line: "gray", blue: "blue", orange: "red" };
  const scene = {
    theme: { ...theme, isDark: false, scale: scaleOf(ENDS) },
    image: undefined,
    line: [-6, 6, 6, -6],
    points: { data: [0, 0, 1, 6, 6, 0], training: 1 },
    colorOf: (label: number) => (label === 1 ? "blue" : "red"),
  };

  it("has the plane's middle in its middle, points to validate hollow, and the line from corner to corner", () => {
    const svg = svgOf(scene);
    expect(svg).toContain('<circle cx="230" cy="200" r="3" fill="blue" stroke="white"/>');
    expect(svg).toContain('<circle cx="430" cy="0" r="3" fill="white" stroke="red"/>');
    expect(svg).toContain('d="M30 0L430 400"');
    expect(svg).not.toContain("<image");
    expect(svgOf({ ...scene, image: "data:image/png;base64,AA==" })).toContain('href="data:image/png;base64,AA=="');
  });
});
