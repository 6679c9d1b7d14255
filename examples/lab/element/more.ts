// What is loaded when it is asked for: links, the comparison, one's own data, a field for digits.

export { fromLink } from "../link.ts";
export { readRecipe } from "../reading.ts";
export { Compare } from "./compare.ts";
export { DigitField } from "./digit-field.ts";
export { claimOf, keep, linkOf, opened } from "./links.ts";
export { OwnData } from "./own-data.ts";
export { PointsPanel } from "./points-panel.ts";
export { Take } from "./take.ts";
