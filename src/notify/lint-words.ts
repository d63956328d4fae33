/** What the linter listens for in each language. */
import type { Language } from '../model/enrolled-person.ts';
import type { NoticeState } from '../model/notice.ts';

/** Words of one language. */
export interface LintWords {
  /** How certain a notice of this state has to say it is. */
  readonly certainty: Readonly<Record<NoticeState, RegExp>>;
  /** Never: "hacked" (nobody knows that), blame, hurry, clicking, states and groups. */
  readonly banned: RegExp;
  /** The promise that we never ask for a password. */
  readonly password: RegExp;
}

/** By language. */
export const LINT_WORDS: Readonly<Record<Language, LintWords>> = {
  en: {
    certainty: { tried: /no sign/, changed: /do not know/, 'got-in': /cannot be certain/ },
    banned:
      /\bhack|breach|compromis|your fault|careless|you should have|click|urgent|immediate|hurry|last chance|expires|within \d|!|government|state-sponsored|nation|regime|\bAPT|russia|china|iran|israel/i,
    password: /never ask for your password/,
  },
  fa: {
    certainty: { tried: /هیچ نشانه/, changed: /نمی‌دانیم/, 'got-in': /نمی‌توانیم کاملاً مطمئن/ },
    banned: /هک|نفوذ|تقصیر|کلیک|فوری|فوراً|عجله|مهلت|دولت|حکومت|روسیه|چین|ایران|اسرائیل|!/,
    password: /هرگز رمز عبور/,
  },
  ar: {
    certainty: { tried: /ما يدل على أن أحدًا/, changed: /لا نعرف/, 'got-in': /لا نستطيع الجزم/ },
    banned: /اختراق|اختُرق|قرصن|هاكر|خطأكم|انقر|اضغط|عاجل|فورًا|مهلة|حكوم|دولة|روسيا|الصين|إيران|إسرائيل|!/,
    password: /لا نطلب أبدًا كلمة المرور/,
  },
  he: {
    certainty: { tried: /לא ראינו סימן/, changed: /איננו יודעים/, 'got-in': /איננו יכולים לדעת בוודאות/ },
    banned: /פריצ|נפרץ|האק|אשמת|לחצו|דחוף|מיד |מהרו|ממשל|מדינ|רוסיה|סין|איראן|!/,
    password: /לעולם לא נבקש סיסמה/,
  },
  ru: {
    certainty: { tried: /[Пп]ризнаков .* не видели/, changed: /не знаем/, 'got-in': /полной уверенности у нас нет/ },
    banned:
      /взлом|хакер|виноват|по вашей вине|нажмите|кликните|срочно|немедленно|спешите|правительств|государств|росси|кита|иран|израил|!/i,
    password: /никогда не спрашиваем пароль/,
  },
  uk: {
    certainty: { tried: /[Оо]знак .* не бачили/, changed: /не знаємо/, 'got-in': /повної певності ми не маємо/ },
    banned: /злам|хакер|винні|натисніть|клацніть|терміново|негайно|поспішайте|уряд|держав|росі|кита|іран|ізраїл|!/i,
    password: /ніколи не запитуємо пароль/,
  },
  zh: {
    certainty: { tried: /没有看到有人成功进入的迹象/, changed: /不知道是谁/, 'got-in': /无法完全确定/ },
    banned: /黑客|入侵|攻破|被盗|您的错|点击|紧急|立即|赶快|截止|政府|国家|俄罗斯|中国(?!标准时间)|伊朗|以色列|！/,
    password: /绝不会索要您的密码/,
  },
  es: {
    certainty: { tried: /No hemos visto señales/, changed: /No sabemos/, 'got-in': /no podemos estar seguros/ },
    banned:
      /hacke|hácker|pirate|su culpa|clic\b|pulse|urgente|inmediat|dese prisa|caduca|gobierno|estado\b|rusia|china|ir[aá]n|israel|[!¡]/i,
    password: /Nunca le pediremos su contraseña/,
  },
  fr: {
    certainty: { tried: /aucun signe/, changed: /ne savons pas/, 'got-in': /ne pouvons pas en être certains/ },
    banned:
      /pirat|hack|votre faute|cliqu|urgent|imm[ée]diat|dépêchez|expire|gouvernement|l’État|russie|chine|\biran|israël|!/i,
    password: /ne demandons jamais votre mot de passe/,
  },
};
