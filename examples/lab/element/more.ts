// What is loaded when it is asked for: the comparison, one's own data, a field for digits.

export { Compare } from "./compare.ts";
export { DigitField } from "./digit-field.ts";
export { OwnData } from "./own-data.ts";
export { PointsPanel } from "./points-panel.ts";
