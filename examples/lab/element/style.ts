// The element's look: one sheet for all labs of a page.

import base from "./styles/base.css";
import controls from "./styles/controls.css";
import panels from "./styles/panels.css";
import pictures from "./styles/pictures.css";

let sheet: CSSStyleSheet | undefined;

export function styles(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(base + controls + panels + pictures);
  }
  return sheet;
}
