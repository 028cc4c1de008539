/** What the thread says to staff, in Arabic. */

import type { Catalogue } from "../words.ts";
import type { staff } from "./staff.ts";

export const words: Catalogue<typeof staff> = {
  note: "ملاحظة، لا تظهر لجهة الاتصال",
  nothingMore: "قُوطع. لم يُرسل بعدها شيء",
  someone: "النظام",

  tookOver: "{by}: تولّي المحادثة من «{from}»",
  pickedUp: "{by}: استلام المحادثة",
  replyIn: "أُتيح الرد خلال {duration}",
  handedBack: "{by}: إعادة المحادثة إلى {to}",
  newRun: "تشغيل جديد: يُخبَر بما جرى هنا.",
  told: "يُخبَر بهذا: {reason}",
  started: "{to} يرد",
  letGo: "{by}: ترك المحادثة",
  because: "السبب: {reason}",
  assigned: "{by}: إسناد المحادثة إلى «{to}»",
  moved: "{by}: نقل المحادثة إلى {queue}",
  transferred: "{by}: نقل المحادثة إلى طابور آخر",
  lapsed: "أُخذت المحادثة من «{from}»: بقيت دون رد أو غاب من يتولاها",
  nobodyAnswers: "لا أحد يرد الآن.",
  askedForPerson: "{by}: طلب شخص",
  finished: "انتهى {from}",
  failed: "تعذّر على {from} المتابعة",
  closedBy: "{by}: إغلاق المحادثة",
  wroteAgain: "{by}: رسالة جديدة بعد الإغلاق",
  reopenedBy: "{by}: إعادة فتح المحادثة",

  receipt: "أثر التولي",
  fenced: "قُطع",
  seenBy: {
    zero: "لم تره أي جلسة",
    one: "رأته جلسة واحدة",
    two: "رأته جلستان",
    few: "رأته {n} جلسات",
    many: "رأته {n} جلسة",
    other: "رأته {n} جلسة",
  },
  stopped: "توقف الروبوت",
};
