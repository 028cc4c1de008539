/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "ساعات العمل",
  lead: "متى يرد الأشخاص. تختار الطوابير وقنوات دردشة الويب أحد هذه الأسابيع؛ وخارج ساعاته يتلقى العملاء رسالة الطابور.",
  create: "ساعات جديدة",
  none: "لا ساعات بعد",
  noneMeans: "الطابور بلا ساعات مفتوح دائمًا.",

  hours: "الساعات",
  week: "الأسبوع",
  holidaysOf: "العطل",
  usedBy: "تستخدمها",
  unused: "لا شيء",
  always: "مفتوح دائمًا",

  name: "الاسم",
  zone: "المنطقة الزمنية",
  zoneHint: "مثل Europe/Berlin. الأوقات أدناه بساعة تلك المنطقة.",
  spans: "الأيام",
  alwaysHint: "لا ساعات لأي يوم: أي مفتوح دائمًا، عدا العطل.",
  noHours: "مغلق",
  wholeDay: "اليوم كله",
  overMidnight: "حتى اليوم التالي",
  opens: "{day}، يفتح",
  closes: "{day}، يغلق",
  to: "إلى",
  addSpan: "إضافة ساعات",
  addSpanOn: "إضافة ساعات يوم {day}",
  removeSpan: "إزالة {opens} إلى {closes} يوم {day}",
  copyMonday: "ساعات الاثنين حتى الجمعة",
  holidays: "العطل",
  holidaysHint: "في يوم كهذا لا يُعمل بالأسبوع. وإن لم تكن لليوم ساعات خاصة فهو مغلق.",
  date: "التاريخ",
  addHoliday: "إضافة عطلة",
  removeHoliday: "إزالة عطلة {date}",
  newHoliday: "عطلة جديدة",
  missing: "هذا الحقل مطلوب.",
  zoneUnknown: "لا توجد منطقة زمنية كهذه. اختر واحدة من القائمة.",
  twice: "هذا التاريخ موجود. اكتب كل ساعاته في مكان واحد.",
  overlaps: "فترة أخرى مفتوحة في هذا الوقت.",

  monday: "الاثنين",
  tuesday: "الثلاثاء",
  wednesday: "الأربعاء",
  thursday: "الخميس",
  friday: "الجمعة",
  saturday: "السبت",
  sunday: "الأحد",
  days: "{first} إلى {last}",

  removal: "لا شيء جديد يستطيع اختيارها.",
  removalUsed: "{names}: تبقى على هذه الساعات حتى تختار لها غيرها هناك.",
};
