/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "الحالات",
  lead: "تسمياتكم لما بلغه الأمر. وهي مستقلة عن «مفتوحة» و«مغلقة». تظهر الكلمة دائمًا؛ واللون يساعد فقط.",
  create: "حالة جديدة",
  none: "لا حالات بعد",
  noneMeans: "يختار الموظفون والروبوتات حالة للمحادثة، وتظهر في القوائم.",
  name: "الحالة",
  colour: "اللون",
  position: "الترتيب",
  bot: "فيروزي",
  wait: "كهرماني",
  bad: "أحمر",
  other: "أرجواني",
  you: "أزرق",
  note: "أصفر",
  good: "أخضر",
  plain: "بلا لون",
  removal: "لا يستطيع أحد اختيارها بعد الآن. والمحادثات التي تحملها تحتفظ بها وتظل تعرضها.",
};
