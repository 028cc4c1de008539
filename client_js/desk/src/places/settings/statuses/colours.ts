/** The seven colours of statuses, and none: as `colourOf` tells them apart, so that contrast is known. No I/O. */

export const COLOURS = {
  bot: "#0c7768",
  wait: "#b04d08",
  bad: "#bf262d",
  other: "#7d3f8d",
  you: "#2d4be0",
  note: "#7a5c00",
  good: "#1d7a3c",
  plain: "#808080",
} as const;
