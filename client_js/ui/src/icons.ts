/**
 * Icons on a grid of 16, each one path: what is not named in a program is not in its bundle. What follows `|` is filled.
 */

export const alert = "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1";
export const back = "M13 8H3.5M7 4 3 8l4 4";
export const bell = "M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM6.8 13.8h2.4";
export const block = "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M4.2 4.2l7.6 7.6";
export const bot = "M3.5 5.5h9v7h-9zM8 5.5V3M6.2 8.2v1.4M9.8 8.2v1.4";
export const chats = "M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H7.2L4 13.2v-2.7a2 2 0 0 1-1.5-2z";
export const check = "m3 8.5 3.3 3.3L13 4.8";
export const checks = "m1.5 8.7 2.9 2.9L10 5.6M7.2 11l.7.6L14 5.6";
export const clock = "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 5v3.2l2 1.3";
export const copy = "M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6";
export const dots =
  "|M8 1.9a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 1 0 0-2.6M8 6.7a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 1 0 0-2.6M8 11.5a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 1 0 0-2.6";
export const download = "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.2h10";
export const grow = "M6 2.8H2.8V6M10 2.8h3.2V6M6 13.2H2.8V10M10 13.2h3.2V10";
export const shrink = "M2.8 6H6V2.8M13.2 6H10V2.8M2.8 10H6v3.2M13.2 10H10v3.2";
export const down = "m4 6 4 4 4-4";
export const eye =
  "M1.8 8C3 5.3 5.2 3.8 8 3.8S13 5.3 14.2 8C13 10.7 10.8 12.2 8 12.2S3 10.7 1.8 8zM6.1 8a1.9 1.9 0 1 0 3.8 0 1.9 1.9 0 1 0-3.8 0";
export const filter = "M2.5 4h11M4.5 8h7M6.5 12h3";
export const flag = "M4 14V2.8M4 3h8l-1.8 2.7L12 8.4H4";
export const handback = "M5.5 3 2.5 6l3 3M2.5 6h6.3a2.2 2.2 0 0 1 2.2 2.2M8.5 9.5h5v4h-5z";
export const info = "M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 7.5v3.2M8 5.2v.1";
export const leave = "M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3";
export const lock = "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2";
export const note = "M3 2.5h7l3 3v8H3zM10 2.5v3h3M5.5 8.5h5M5.5 11h3";
export const off =
  "M2 2l12 12M3 6.8a8 8 0 0 1 2-1.3M8 4.5c2 0 3.7.8 5 2.2M5.2 9.3a4 4 0 0 1 1.6-1M10.3 9a4 4 0 0 1 .6.4M8 12.3v.1";
export const panel = "M2.5 3h11v10h-11zM9.8 3v10";
export const pause = "M5.5 3.5v9M10.5 3.5v9";
export const pencil = "m3 13 .6-2.9 7-7a1.3 1.3 0 0 1 1.9 0l.4.4a1.3 1.3 0 0 1 0 1.9l-7 7z";
export const people =
  "M3.5 5a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M1.8 13.5c.3-2.5 2-4 4.2-4s3.9 1.5 4.2 4M10.8 2.7a2.4 2.4 0 0 1 0 4.6M12 9.9c1.3.5 2 1.8 2.2 3.6";
export const plus = "M8 3v10M3 8h10";
export const right = "m6 4 4 4-4 4";
export const search = "M2.5 7a4.5 4.5 0 1 0 9 0 4.5 4.5 0 1 0-9 0M10.4 10.4l3.1 3.1";
export const send = "m2.5 3 11 5-11 5 1.8-5zM4.3 8h4.5";
export const sliders =
  "M2.5 5H8M12 5h1.5M2.5 11H4M8 11h5.5M8.1 5a1.9 1.9 0 1 0 3.8 0 1.9 1.9 0 1 0-3.8 0M4.1 11a1.9 1.9 0 1 0 3.8 0 1.9 1.9 0 1 0-3.8 0";
export const tag = "M2.5 2.5h5l6 6-5 5-6-6zM5.4 5.3v.2";
export const take = "M6 3.2H3.2v9.6h9.6V10|M7.1 5.7a3.2 3.2 0 1 0 6.4 0 3.2 3.2 0 1 0-6.4 0";
export const tray = "m2.5 8.5 1.7-5.5h7.6l1.7 5.5v4.5h-11zM2.5 8.5h3c.2 1.3 1.1 2 2.5 2s2.3-.7 2.5-2h3";
export const undo = "M5.5 3 2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7H6";
export const user = "M5.3 5.5a2.7 2.7 0 1 0 5.4 0 2.7 2.7 0 1 0-5.4 0M3 13.5c.4-2.7 2.3-4.3 5-4.3s4.6 1.6 5 4.3";
export const wall = "M2.5 2.5H7V7H2.5zM9 2.5h4.5V7H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z";
export const webchat = "M2 3h12v8.5H2zM2 5.8h12M6 14h4";
export const x = "m4 4 8 8M12 4l-8 8";
