/** What every figure has in common: text and axes take the colour of their surroundings. */
export const figureStyle = {
  background: "transparent",
  overflow: "visible",
  fontFamily: "system-ui, sans-serif",
  fontSize: "11px",
} as const;
