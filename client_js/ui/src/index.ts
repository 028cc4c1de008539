/**
 * What widget, desk and site share: looks, words, and the thread. There are no custom elements here: functions from data
 * to data, functions from data to templates, controllers, and style sheets.
 *
 * @packageDocumentation
 */

export {
  accentTokens,
  type Colour,
  contrast,
  parse as parseColour,
  TEXT as TEXT_CONTRAST,
} from "./accent.ts";
export { type BannerOptions, banner } from "./banner.ts";
export { bytesOver, type ComposerOptions, canSend, composer, MOST_BYTES } from "./composer.ts";
export { Announcer } from "./controllers/announcer.ts";
export { Drafts } from "./controllers/drafts.ts";
export { ReadingPosition, type ReadingPositionOptions } from "./controllers/reading-position.ts";
export { type Idle, Slices } from "./controllers/slices.ts";
export * as icons from "./icons.ts";
export { icon, initials, type MarkKind, type MarkOptions, mark } from "./mark.ts";
export { base } from "./styles/base.ts";
export { composerStyles, pillComposerStyles } from "./styles/composer.ts";
export { deskBase, deskThreadStyles } from "./styles/desk.ts";
export { threadStyles, widgetThreadStyles } from "./styles/thread.ts";
export { chatTokens, tokens } from "./styles/tokens.ts";
export { type CustomerView, customerReader, type Reader, type StaffView, staffReader } from "./thread/facts.ts";
export { contactSentence, handover, type Sentence, spoken } from "./thread/handover.ts";
export {
  type Failed,
  type HandoverItem,
  type Input,
  type Item,
  type Kind,
  type MessageItem,
  type Remedy,
  type Sending,
  type Speaker,
  ThreadItems,
} from "./thread/items.ts";
export { type Context, message, nameOf, reasonOf } from "./thread/message.ts";
export { loadStaffWords, note, receipt, type StaffWords, staffSentence, staffWords } from "./thread/staff.ts";
export { type ThreadOptions, thread, toNewest } from "./thread/thread.ts";
export { createDurations, createTimes, type Durations, spaced, type Times, type TimesOptions } from "./times.ts";
export {
  type Both,
  type Catalogue,
  createWords,
  type Direction,
  direction,
  englishWords,
  loadWords,
  type Plural,
  type Rich,
  type SharedWords,
  type Words,
} from "./words.ts";
