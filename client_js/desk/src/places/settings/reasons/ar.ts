/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "أسباب الإغلاق",
  lead: "لماذا أُغلقت محادثة. يمكن للطوابير أن تطلب سببًا عند كل إغلاق.",
  create: "سبب جديد",
  none: "لا أسباب بعد",
  noneMeans: "الطابور الذي يطلب سببًا يحتاج إلى واحد على الأقل.",
  name: "السبب",
  position: "الترتيب",
  removal: "لا يستطيع أحد اختياره بعد الآن. وتحتفظ به المحادثات التي أُغلقت به.",
  removalNeeded: "إنه الأخير، وهذه الطوابير تحتاج إلى سبب عند كل إغلاق: {queues}. من دونه لا يستطيع شخص الإغلاق هناك.",
};
