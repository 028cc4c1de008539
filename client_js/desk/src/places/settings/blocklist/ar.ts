/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "قائمة الحظر",
  lead: "عناوين لا يُقبل منها شيء بعد الآن. تُغلق المحادثة المفتوحة لعنوان كهذا، ولا يفتح غيرها حتى ينتهي الحظر أو يُرفع.",
  create: "حظر عنوان",
  none: "لا أحد محظور",
  noneMeans: "يحظر الموظفون عنوانًا من محادثة؛ ويمكنك ذلك هنا.",
  address: "العنوان",
  addressHint: "معرّف زائر أو عميل، أو رقم هاتف، كما تعرضه جهة الاتصال.",
  channel: "المكان",
  everywhere: "كل مكان",
  until: "حتى",
  forGood: "نهائيًا",
  over: "انتهى منذ {time}",
  by: "من حظره",
  byAt: "{name}، {time}",
  why: "السبب",
  whyHint: "للزملاء وحدهم.",
  long: "المدة",
  hour: "ساعة",
  day: "يوم",
  week: "أسبوع",
  block: "حظر",
  blocked: "حُظر {address}.",
  lift: "رفع الحظر",
  liftAddress: "رفع حظر {address}",
  liftTitle: "رفع حظر {address}؟",
  liftMeans: "يستطيع من يستخدمه أن يكتب من جديد، وتُقبل رسائله منذ ذلك الحين. وما رُفض في هذه الأثناء لا يعود.",
  lifted: "لم يعد {address} محظورًا.",
};
