/** Arabic. */

import type { Catalogue } from "@intervene/ui";
import type { en } from "./en.ts";

export const words: Catalogue<typeof en> = {
  heading: "دردشة الويب",
  lead: "القناة دردشة في صفحات لكم: بترحيب وروبوت وطابور وساعات خاصة بها.",
  create: "قناة جديدة",
  none: "لا قنوات",
  noneMeans: "تعطيك القناة سطرين لصفحاتك.",
  channel: "القناة",
  bot: "تبدأ مع",
  queue: "تنتظر في",
  hours: "الساعات",
  origins: "الصفحات",
  ownBot: "روبوت المؤسسة",
  noBot: "بلا روبوت: تنتظر شخصًا",
  otherBot: "روبوت آخر",
  otherBotId: "معرّف الروبوت",
  otherBotHint: "كما يسميه مطوروكم.",
  defaultQueue: "الطابور الافتراضي",
  always: "مفتوحة دائمًا",
  hoursHint: "إلى جانب ساعات الطابور: تكون مفتوحة حين يكون كلاهما مفتوحًا.",
  everyPage: {
    zero: "لا مصادر صفحات",
    one: "مصدر صفحات واحد",
    two: "مصدرا صفحات",
    few: "{n} مصادر صفحات",
    many: "{n} مصدر صفحات",
    other: "{n} مصدر صفحات",
  },
  serverOnly: "كما ضُبط الخادم",

  name: "الاسم",
  nameHint: "للزملاء؛ أما الصفحات فتعرف القناة بمعرّفها.",
  greeting: "الترحيب",
  greetingHint: "يظهر قبل أن يكتب أحد.",
  originsHint:
    "مصدر في كل سطر، مثل \u2066https://www.example.com\u2069. لا تتصل صفحات من مصادر أخرى، عدا ما يسميه إعداد الخادم نفسه.",
  reopen: "رسالة بعد الإغلاق",
  reopenAfter: "تعيد فتح المحادثة لمدة {time}",
  reopenAlways: "تعيد فتح المحادثة دائمًا",

  snippet: "في صفحتك",
  snippetLead: "ألصق هذا في أي موضع من الصفحة. لا يتغيّر إلا إذا اخترت ألوانًا أخرى.",
  snippetLabel: "أسطر للصفحة",
  colours: "الألوان",
  coloursLead: "هي جزء من الأسطر وتسري حيث تلصقها. وتبقى كلمتا روبوت وشخص دائمًا.",
  solid: "زر الدردشة ورسائل العميل",
  on: "النص عليه",
  light: "أبيض",
  dark: "أسود",
  contrast: "التباين \u2066{ratio}:1\u2069.",
  refused: "التباين \u2066{ratio}:1\u2069. ترفض الدردشة ما دون \u20664.5:1\u2069، فليس هذا في الأسطر أدناه.",
  preview: "شكل الدردشة",
  previewName: "الدعم",
  previewBot: "روبوت",
  previewGreeting: "مرحبًا. كيف يمكنني مساعدتك؟",
  previewCustomer: "لا أجد فاتورتي.",

  removal: "الصفحات التي فيها أسطرها لا تعرض دردشة بعد الآن. وتبقى المحادثات التي بدأت فيها ويمكن الرد عليها.",
};
