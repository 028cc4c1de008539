/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "الحقول",
  lead: "ما تحفظه عن المحادثة إلى جانب رسائلها: عقد، مبلغ، تاريخ. يملؤها الموظفون والروبوتات.",
  create: "حقل جديد",
  none: "لا حقول بعد",
  noneMeans: "يملؤها الموظفون والروبوتات، ويرونها بجانب المحادثة.",
  name: "الحقل",
  kind: "النوع",
  choices: "الخيارات",
  choicesHint: "خيار في كل سطر.",
  choicesMissing: "اكتب خيارًا واحدًا على الأقل.",
  choicesTwice: "أحد الخيارات مكرر.",
  position: "الترتيب",
  text: "نص",
  number: "رقم",
  date: "تاريخ",
  checkbox: "نعم أو لا",
  choice: "واحد من قائمة",
  removal: "لا يستطيع أحد ملأه بعد الآن. وتحتفظ المحادثات بما فيه.",
};
