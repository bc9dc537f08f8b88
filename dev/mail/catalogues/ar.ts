import type { Catalogue } from "../catalogue.ts";

const NOT_YOU = "إن لم تكن أنت من فعل ذلك فأمّن حسابك الآن: غيّر كلمة المرور وأنهِ جميع الجلسات.";

export const ar: Catalogue = {
  greeting: "مرحبًا {name}،",
  linkHint: "إذا لم يعمل الزر فافتح هذا العنوان في المتصفح:",
  footer: "ترسل Prismatic API هذه الرسالة بسبب حساب أو دعوة في {site}.",
  mails: {
    verify_email: {
      subject: "أكّد عنوان بريدك الإلكتروني",
      heading: "أكّد عنوان بريدك الإلكتروني",
      body: ["سجّل شخص ما في Prismatic API بهذا العنوان. إن كنت أنت فأكّد أن العنوان لك."],
      button: "تأكيد العنوان",
      after: ["الرابط صالح حتى {expiresAt}.", "إن لم تكن أنت فلا حاجة إلى فعل أي شيء: لن يُنشأ حساب من دون فتح الرابط."],
    },
    sign_up_exists: {
      subject: "لديك حساب بالفعل",
      heading: "لديك حساب بالفعل",
      body: [
        "حاول شخص ما التسجيل في Prismatic API بهذا العنوان، وله حساب بالفعل. لم يتغير شيء. إن كنت أنت فسجّل الدخول.",
      ],
      button: "تسجيل الدخول",
      after: ["هل نسيت كلمة المرور؟ اختر كلمة جديدة: {resetUrl}", "إن لم تكن أنت فلا حاجة إلى فعل أي شيء."],
    },
    reset_password: {
      subject: "اختر كلمة مرور جديدة",
      heading: "اختر كلمة مرور جديدة",
      body: ["طلب شخص ما كلمة مرور جديدة لحسابك. إن كنت أنت فاخترها."],
      button: "اختيار كلمة مرور جديدة",
      after: [
        "الرابط صالح لمرة واحدة حتى {expiresAt}.",
        "إن لم تكن أنت فلا حاجة إلى فعل أي شيء: تبقى كلمة مرورك كما هي.",
      ],
    },
    email_changed: {
      subject: "تم تغيير عنوان بريدك الإلكتروني",
      heading: "تم تغيير عنوان بريدك الإلكتروني",
      body: ["في {changedAt} تم تغيير عنوان حسابك من {oldAddress} إلى {newAddress}."],
      button: "عرض الحساب",
      after: [NOT_YOU],
    },
    password_changed: {
      subject: "تم تغيير كلمة مرورك",
      heading: "تم تغيير كلمة مرورك",
      body: ["في {changedAt} تم تغيير كلمة مرور حسابك. وأُنهيت جميع الجلسات الأخرى."],
      button: "عرض الحساب",
      after: [NOT_YOU],
    },
    factor_changed: {
      subject: "تغيّر أمان تسجيل الدخول: {change}",
      heading: "تغيّر أمان تسجيل الدخول",
      body: ["في {changedAt} حدث هذا التغيير في حسابك: {change}."],
      button: "عرض الحساب",
      after: [NOT_YOU],
    },
    new_sign_in: {
      subject: "تسجيل دخول جديد إلى حسابك",
      heading: "تسجيل دخول جديد إلى حسابك",
      body: [
        "في {signedInAt} سجّل شخص ما الدخول إلى حسابك من جهاز لم نعرفه من قبل.",
        "الجهاز: {device}",
        "المكان: {place}",
      ],
      button: "عرض الجلسات",
      after: ["إن كنت أنت فلا حاجة إلى فعل أي شيء.", NOT_YOU],
    },
    invitation: {
      subject: "يدعوك {inviter} إلى {organization}",
      heading: "لديك دعوة",
      body: ["يدعوك {inviter} إلى المؤسسة {organization} في Prismatic API. سيكون دورك: {role}."],
      button: "عرض الدعوة",
      after: ["الدعوة صالحة حتى {expiresAt}.", "إن كنت لا تعرف من يدعوك فتجاهل هذه الرسالة."],
    },
    member_removed: {
      subject: "لم تعد عضوًا في {organization}",
      heading: "لم تعد عضوًا",
      body: [
        "في {removedAt} انتهت عضويتك في المؤسسة {organization}. وتوقفت مفاتيح API الخاصة بك في هذه المؤسسة.",
        "يبقى حسابك الشخصي كما هو.",
      ],
      button: null,
      after: ["إن كنت ترى أن هذا خطأ فاسأل مالك المؤسسة."],
    },
    account_closing: {
      subject: "سيُغلق حسابك",
      heading: "سيُغلق حسابك",
      body: ["طُلب إغلاق حسابك. سيُغلق نهائيًا في {closesAt}. ويمكنك التراجع حتى ذلك الحين."],
      button: "الاحتفاظ بالحساب",
      after: [NOT_YOU],
    },
    key_leaked: {
      subject: "نُشر مفتاح API للمؤسسة {organization} وتم إلغاؤه",
      heading: "نُشر مفتاح API علنًا",
      body: [
        "عُثر على المفتاح {keyName} ({keyPrefix}…) للمؤسسة {organization} في مكان يمكن لأي شخص قراءته. أُلغي في {revokedAt}، وتُرفض الطلبات التي تستخدمه.",
      ],
      button: "إنشاء مفتاح جديد",
      after: ["أزل المفتاح من المكان الذي نُشر فيه، وتحقق في سجل الاستخدام مما إذا كان غيرك قد استخدمه."],
    },
    webhook_disabled: {
      subject: "تم تعطيل نقطة Webhook للمؤسسة {organization}",
      heading: "تم تعطيل نقطة Webhook",
      body: [
        "عُطّلت نقطة الاستقبال على {host} للمؤسسة {organization} في {disabledAt}: أجابت بأنها لم تعد موجودة (410)، أو فشلت كل المحاولات طوال خمسة أيام. لن تُرسل إليها أي إشعارات بعد الآن.",
      ],
      button: "عرض عمليات التسليم",
      after: ["أصلح المستقبِل، ثم فعّل النقطة وأعد إرسال ما فشل."],
    },
  },
  choices: {
    totp_added: "إضافة تطبيق المصادقة",
    totp_removed: "إزالة تطبيق المصادقة",
    passkey_added: "إضافة مفتاح مرور",
    passkey_removed: "إزالة مفتاح مرور",
    recovery_codes_replaced: "استبدال رموز الاسترداد",
    recovery_code_used: "استخدام رمز استرداد",
    admin: "مدير",
    developer: "مطوّر",
    billing: "الفوترة",
    viewer: "مشاهد",
  },
};
