/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "الردود الجاهزة",
  lead: "نصوص يرسلها الموظفون مرة بعد مرة. يجدونها بكتابة / في مربع الرد، ويرون ما يرسلونه قبل إرساله.",
  create: "رد جاهز جديد",
  none: "لا ردود جاهزة بعد",
  noneMeans: "يجدها الموظفون بكتابة / في مربع الرد.",
  name: "الاسم",
  nameHint: "يجده الموظفون بأي جزء من اسمه.",
  text: "النص",
  textHint: "تُملأ الخانات للموظف.",
  insert: "إدراج",
  insertContact: "اسم العميل",
  insertAgent: "اسم الموظف",
  preview: "كما يرسله موظف إلى Maria",
  removal: "لا يجده الموظفون بعد الآن. وتبقى الرسائل التي أُرسلت به.",
};
